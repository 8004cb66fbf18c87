import { Firestore } from '@google-cloud/firestore'

/**
 * Operations of Firestore, as they are limited: requests, documents written or asked for by name, and queries. `documents` are
 * what came of reads and queries, as it is billed.
 */
export type Operations = { calls: number; writes: number; reads: number; queries: number; documents: number }

/** A Firestore client whose requests are counted where they leave it. */
export function countedFirestore(projectId: string): { readonly firestore: Firestore; readonly counts: Operations } {
  const { transformer, counts } = countedRequests()
  return { firestore: new Firestore({ projectId, 'grpc.callInvocationTransformer': transformer }), counts }
}

/**
 * Counts the requests of a client that is given the transformer as a setting.
 * https://github.com/grpc/grpc-node/blob/master/packages/grpc-js/src/client.ts: ClientOptions.callInvocationTransformer
 */
export function countedRequests(): { readonly transformer: (call: Call) => Call; readonly counts: Operations } {
  const counts: Operations = { calls: 0, writes: 0, reads: 0, queries: 0, documents: 0 }
  const transformer = (call: Call): Call => {
    const { methodDefinition } = call
    const { path, responseDeserialize } = methodDefinition
    const { writes, documents } = Object(call.argument) as Partial<Record<string, readonly unknown[]>>
    counts.calls += 1
    if (/\/(?:Commit|BatchWrite)$/.test(path)) counts.writes += writes?.length ?? 0
    else if (path.endsWith('/BatchGetDocuments')) counts.reads += documents?.length ?? 0
    else if (path.endsWith('Query')) counts.queries += 1
    const deserialize = (bytes: Buffer): object => {
      const answer = responseDeserialize(bytes)
      if (isDocument(answer)) counts.documents += 1
      return answer
    }
    return { ...call, methodDefinition: { ...methodDefinition, responseDeserialize: deserialize } }
  }
  return { transformer, counts }
}

type Method = { readonly path: string; readonly responseDeserialize: (bytes: Buffer) => object }
type Call = { readonly methodDefinition: Method; readonly argument?: unknown }

/** One message of a query's answer, or of documents asked for by name: one that is missing was looked for, too. */
const isDocument = (answer: { readonly document?: unknown; readonly found?: unknown; readonly missing?: unknown }) =>
  Boolean(answer.document ?? answer.found ?? answer.missing)

/** All that count against a budget of operations. */
export const operationsOf = ({ writes, reads, queries }: Operations): number => writes + reads + queries
