import { onTestFinished } from 'vitest'
import { listen } from '../../infra/local/gcp/server.ts'
import type { CloudRequest, CloudResponse } from '../../infra/local/gcp/cloud.ts'
import type { Options } from '../../infra/local/gcp/options.ts'
import type { Google } from '../../shared/gcp/google.ts'
import type { Place } from '../../shared/documents/names.ts'
import type { Intent } from '../../shared/ports/intent.ts'
import { aCloud, ADMIN } from './a-cloud.ts'
import type { TestCloud } from './a-cloud.ts'
import { aGoogle } from './a-google.ts'

/** Where the adapters under test work. */
export const PLACE: Place = {
  project: 'demo-project',
  region: 'europe-west1',
  zone: 'europe-west1-b',
  planeUid: 'planeuid22',
  uid: 'agentuid22',
}

/** An attempt that may act for ever, and one whose time is over. */
export const INTENT: Intent = { op: 'op1', untilMs: Number.MAX_SAFE_INTEGER }
export const EXPIRED: Intent = { op: 'op0', untilMs: 0 }

export type Stand = TestCloud & {
  /** As the project's owner. */
  readonly google: Google
  readonly googleAs: (email: string) => Google
  /** Requests the cloud got, as `POST /v1/…` without the query. */
  readonly requests: readonly string[]
}

type Answer = (request: CloudRequest) => Promise<CloudResponse>

/** A simulated cloud that listens, on a virtual clock, closed with its test. `through` may answer in its place. */
export async function aStand(
  changes: Partial<Options> = {},
  through: (request: CloudRequest, answer: Answer) => Promise<CloudResponse> = (request, answer) => answer(request),
): Promise<Stand> {
  const test = aCloud(changes)
  const requests: string[] = []
  const answer: Answer = (request) => {
    requests.push(`${request.httpMethod} ${request.url.replace(/\?.*$/, '')}`)
    return through(request, test.cloud.answer)
  }
  const server = await listen({ ...test.cloud, answer }, 0)
  onTestFinished(() => server.close())
  const googleAs = (email: string): Google => aGoogle(server, test.clock, email)
  return { ...test, requests, google: googleAs(ADMIN), googleAs }
}

/** Requests that changed something. */
export const changes = (requests: readonly string[]): readonly string[] =>
  requests.filter((line) => !line.startsWith('GET') && !/:(?:getIamPolicy|testIamPermissions)$/.test(line))
