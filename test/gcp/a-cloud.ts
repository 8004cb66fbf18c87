import { simulatedCloud } from '../../infra/local/gcp/cloud.ts'
import type { Cloud } from '../../infra/local/gcp/cloud.ts'
import { virtualClock } from '../../infra/local/gcp/clock.ts'
import type { VirtualClock } from '../../infra/local/gcp/clock.ts'
import { checkAnswer } from '../../infra/local/gcp/gate/check.ts'
import { descriptions } from '../../infra/local/gcp/gate/descriptions.ts'
import { gate } from '../../infra/local/gcp/gate/gate.ts'
import { seededRandom } from '../../infra/local/gcp/ids.ts'
import { asText, isObject } from '../../infra/local/gcp/json.ts'
import type { Json, JsonObject } from '../../infra/local/gcp/json.ts'
import { calm } from '../../infra/local/gcp/options.ts'
import type { Options } from '../../infra/local/gcp/options.ts'

export const ADMIN = 'admin@example.com'
export const PROJECT = 'projects/demo-project'
export const ZONE = `${PROJECT}/zones/europe-west1-b`
export const REGION = `${PROJECT}/regions/europe-west1`
/** When every test's virtual clock starts. */
export const START_MS = Date.parse('2026-09-01T12:00:00Z')

const { route } = gate('refuse')

/** Every answer of every test must be what its API description says, or a real client would not find its way in it. */
function requireDescribed(httpMethod: string, url: string, answer: JsonObject): void {
  const { method } = route({ httpMethod, url, body: '' })
  const violations = checkAnswer(answer, method, descriptions)
  if (violations.length > 0) throw new Error(`${httpMethod} ${url} answered ${JSON.stringify(violations)}`)
}

type Answer = { readonly status: number; readonly body: JsonObject; readonly message: string }

/** Sends one request as somebody: `POST /v1/…`. A broken connection is status 0. */
export type Send = (line: string, body?: Json) => Promise<Answer>

export type TestCloud = {
  readonly cloud: Cloud
  readonly clock: VirtualClock
  readonly as: (email: string) => Send
  /** As the projects' owner. */
  readonly send: Send
}

/** A calm cloud on a virtual clock, changed as the test needs. */
export function aCloud(changes: Partial<Options> = {}): TestCloud {
  const clock = virtualClock(START_MS)
  const cloud = simulatedCloud({ ...calm, ...changes }, { clock, random: seededRandom(7) })
  const as =
    (email: string): Send =>
    async (line, body) => {
      const [httpMethod = '', url = ''] = line.split(' ')
      const text = body === undefined ? '' : JSON.stringify(body)
      const response = await cloud.answer({ httpMethod, url, body: text, authorization: `Bearer sim:${email}` })
      if (response === 'connection lost') return { status: 0, body: {}, message: 'connection lost' }
      const answered = response.body as JsonObject
      if (response.status === 200) requireDescribed(httpMethod, url, answered)
      const error = answered['error']
      return {
        status: response.status,
        body: answered,
        message: response.status !== 200 && isObject(error) ? asText(error['message']) : '',
      }
    }
  return { cloud, clock, as, send: as(ADMIN) }
}

/** Sends what must succeed. Throws with the answer when it does not. */
export async function must(send: Send, line: string, body?: Json): Promise<JsonObject> {
  const answer = await send(line, body)
  if (answer.status !== 200) throw new Error(`${line}: ${answer.status} ${answer.message}`)
  return answer.body
}

/** A compute request's path. */
export const compute = (name: string): string => `/compute/v1/${name}`

export const email = (id: string): string => `${id}@demo-project.iam.gserviceaccount.com`

/** Grants roles on a resource by read, modify, write. */
export async function grant(
  send: Send,
  resource: string,
  role: string,
  member: string,
  condition?: string,
): Promise<void> {
  const inBody = /^\/v[13]\/[^/]+\/[^/]+$/.test(resource) || resource.includes('/iap_tunnel/')
  const policy = await (inBody
    ? must(send, `POST ${resource}:getIamPolicy`, { options: { requestedPolicyVersion: 3 } })
    : must(
        send,
        `${resource.includes('/secrets/') ? 'GET' : 'POST'} ${resource}:getIamPolicy?options.requestedPolicyVersion=3`,
      ))
  const bindings = (policy['bindings'] ?? []) as readonly JsonObject[]
  const added = {
    role,
    members: [member],
    ...(condition !== undefined && { condition: { title: 'test', expression: condition } }),
  }
  await must(send, `POST ${resource}:setIamPolicy`, {
    policy: { version: 3, etag: policy['etag'], bindings: [...bindings, added] },
  })
}

/** A network with a subnetwork in europe-west1. */
export async function aNetwork(send: Send): Promise<void> {
  await must(send, `POST ${compute(PROJECT)}/global/networks`, { name: 'net', autoCreateSubnetworks: false })
  await must(send, `POST ${compute(REGION)}/subnetworks`, {
    name: 'sub',
    network: `${PROJECT}/global/networks/net`,
    ipCidrRange: '10.10.0.0/24',
    privateIpGoogleAccess: true,
  })
}

/** The smallest machine that is taken. */
export const aMachine = (name: string, changes: JsonObject = {}): JsonObject => ({
  name,
  machineType: 'zones/europe-west1-b/machineTypes/e2-small',
  disks: [
    {
      boot: true,
      autoDelete: true,
      initializeParams: { sourceImage: 'projects/debian-cloud/global/images/family/debian-12', diskSizeGb: '10' },
    },
  ],
  networkInterfaces: [{ subnetwork: 'regions/europe-west1/subnetworks/sub' }],
  ...changes,
})
