import { createHash, timingSafeEqual } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { names } from '../documents/names.ts'
import type { Place } from '../documents/names.ts'
import type { Clock } from '../ports/clock.ts'
import { demoModel } from './demo-model.ts'
import { readRecord, readText } from './files.ts'
import type { AccountRecord } from './identity.ts'
import { openIssuer } from './issuer.ts'
import type { Issuer } from './issuer.ts'
import { agentLayout } from './layout.ts'
import type { MachineRecord } from './machine-record.ts'

type Handler = (request: Request) => Promise<Response>

export type MetadataOptions = { readonly stateDir: string; readonly clock: Clock }

const INSTANCE = '/computeMetadata/v1/instance'
const LOOK_EVERY_MS = 250
const WAIT_MAX_S = 60

/**
 * What machines of this computer ask: identity tokens and their configuration, in the protocol of a cloud's metadata
 * server, and the demo model. Beside it the keys that tokens are verified with.
 */
export async function metadataHandler({ stateDir, clock }: MetadataOptions): Promise<Handler> {
  const issuer = await openIssuer(stateDir)
  const demo = demoModel(clock)
  return async function answer(request) {
    const { pathname, searchParams, hostname } = new URL(request.url)
    if (!isLoopback(hostname)) return refusal(403, 'this server answers on loopback only')
    // Programs send none; a page of any site can send a request here, and the demo model asks for no proof.
    if (request.headers.has('origin')) return refusal(403, 'this server does not answer to web pages')
    if (pathname === '/jwks.json') return Response.json(issuer.jwks)
    if (pathname.startsWith('/demo-model/')) return demo(request)
    if (!pathname.startsWith(INSTANCE)) return refusal(404, 'no such page')
    if (request.headers.get('metadata-flavor') !== 'Google')
      return refusal(403, 'header Metadata-Flavor: Google is missing')
    const uid = await whoAsks(stateDir, request.headers.get('x-agent-key-handle'))
    if (uid === undefined) return refusal(401, 'the key handle is not one of ours')
    if (pathname === `${INSTANCE}/service-accounts/default/identity`)
      return identityToken({ stateDir, clock, issuer, uid }, searchParams.get('audience'))
    if (pathname === `${INSTANCE}/attributes/ap-configuration`)
      return configuration(stateDir, uid, searchParams, request.signal)
    return refusal(404, 'no such metadata')
  }
}

const isLoopback = (hostname: string): boolean => ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)

const refusal = (status: number, message: string): Response => Response.json({ error: message }, { status })

/** The agent whose key handle this is. Compared in constant time, through hashes of equal length. */
async function whoAsks(stateDir: string, handle: string | null): Promise<string | undefined> {
  const [, uid] = /^([a-z2-7]{10})\.[\w-]{43}$/.exec(handle ?? '') ?? []
  if (handle === null || uid === undefined) return undefined
  const known = await readText(agentLayout(stateDir, { uid }).keyHandle)
  if (known === undefined) return undefined
  const [a, b] = [handle, known].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b) ? uid : undefined
}

type Asked = { readonly stateDir: string; readonly clock: Clock; readonly issuer: Issuer; readonly uid: string }

/** Claims come from what was provisioned, never from who asks. https://cloud.google.com/compute/docs/instances/verifying-instance-identity */
async function identityToken({ stateDir, clock, issuer, uid }: Asked, audience: string | null): Promise<Response> {
  if (audience === null || audience === '') return refusal(400, 'audience is missing')
  const paths = agentLayout(stateDir, { uid })
  const account = await readRecord<AccountRecord>(paths.account)
  const machine = await readRecord<MachineRecord>(paths.machineRecord)
  if (account === undefined || machine === undefined) return refusal(404, 'there is no such machine')
  if (account.disabled) return refusal(403, 'the account is disabled')
  const token = await issuer.sign(claimsOf(account, machine), { audience, nowMs: clock.nowMs() })
  return new Response(token, { headers: { 'content-type': 'text/plain', 'metadata-flavor': 'Google' } })
}

const claimsOf = ({ uniqueId, email }: AccountRecord, { id, place, createdAtMs }: MachineRecord) => ({
  sub: uniqueId,
  azp: uniqueId,
  email,
  email_verified: true,
  google: {
    compute_engine: {
      project_id: place.project,
      project_number: projectNumber(place),
      zone: place.zone,
      instance_id: id,
      instance_name: names.machine(place),
      instance_creation_timestamp: Math.floor(createdAtMs / 1000),
    },
  },
})

/** A stable number for a project that has none. */
const projectNumber = ({ project }: Place): number => createHash('sha256').update(project).digest().readUIntBE(0, 5)

/** Answers at once with another configuration than the caller's, or with the same one when its wait is over. */
async function configuration(
  stateDir: string,
  uid: string,
  asked: URLSearchParams,
  signal: AbortSignal,
): Promise<Response> {
  const waitS =
    asked.get('wait_for_change') === 'true' ? Math.min(Number(asked.get('timeout_sec')) || 0, WAIT_MAX_S) : 0
  const deadlineMs = performance.now() + waitS * 1000
  for (;;) {
    const machine = await readRecord<MachineRecord>(agentLayout(stateDir, { uid }).machineRecord)
    if (machine === undefined) return refusal(404, 'there is no such machine')
    const { generation } = machine.configuration
    if (generation !== asked.get('last_etag') || performance.now() >= deadlineMs || signal.aborted)
      return Response.json(machine.configuration, { headers: { etag: generation, 'metadata-flavor': 'Google' } })
    await delay(LOOK_EVERY_MS)
  }
}
