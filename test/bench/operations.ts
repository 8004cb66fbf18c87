import { Firestore } from '@google-cloud/firestore'

/** Operations of Firestore, as they are billed and limited: documents written or asked for by name, and queries. */
export type Operations = { calls: number; writes: number; reads: number; queries: number }

/** A Firestore client whose requests are counted where they leave it. */
export function countedFirestore(projectId: string): { readonly firestore: Firestore; readonly counts: Operations } {
  const counts: Operations = { calls: 0, writes: 0, reads: 0, queries: 0 }
  const count = (call: Call): Call => {
    const { path } = call.methodDefinition
    const { writes, documents } = Object(call.argument) as Partial<Record<string, readonly unknown[]>>
    counts.calls += 1
    if (/\/(?:Commit|BatchWrite)$/.test(path)) counts.writes += writes?.length ?? 0
    else if (path.endsWith('/BatchGetDocuments')) counts.reads += documents?.length ?? 0
    else if (path.endsWith('Query')) counts.queries += 1
    return call
  }
  // https://github.com/grpc/grpc-node/blob/master/packages/grpc-js/src/client.ts: ClientOptions.callInvocationTransformer
  return { firestore: new Firestore({ projectId, 'grpc.callInvocationTransformer': count }), counts }
}

type Call = { readonly methodDefinition: { readonly path: string }; readonly argument?: unknown }

/** All that count against a budget of operations. */
export const operationsOf = ({ writes, reads, queries }: Operations): number => writes + reads + queries
