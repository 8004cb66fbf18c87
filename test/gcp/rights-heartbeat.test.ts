import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asText } from '../../infra/local/gcp/json.ts'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import type { Entry } from '../../infra/local/gcp/store.ts'
import { identityToken } from '../../infra/local/gcp/tokens/identity-token.ts'
import type { HeartbeatBody } from '../../shared/documents/heartbeat.ts'
import type { AgentRef } from '../../shared/documents/ref.ts'
import { forgeries } from '../functions/forgeries.ts'
import { issuedBy } from '../functions/forgery.ts'
import { openFleet } from './fleet.ts'
import type { Fleet } from './fleet.ts'
import { ADDED, aPlane, turnPage } from './fleet-life.ts'
import { HEARTBEAT_URL } from './life-ports.ts'

type Claims = JsonObject & { readonly google: { readonly compute_engine: JsonObject } }

let fleet: Fleet
let ada: AgentRef
let bob: AgentRef

beforeAll(async () => {
  fleet = await openFleet()
  await aPlane(fleet)
  ada = await turnPage(fleet, 'ada', ADDED)
  bob = await turnPage(fleet, 'bob', { ...ADDED, fields: { ...ADDED.fields, owner: 'bob@example.com' } })
  for (const { uid } of [ada, bob]) await fleet.until(uid, ({ phase }) => phase === 'Ready')
})

afterAll(() => fleet.close())

const machineOf = ({ uid }: AgentRef): Entry => {
  const found = fleet.cloud.world.store.list('instances', 'projects/').find(({ name }) => name.includes(uid))
  if (found === undefined) throw new Error(`${uid} has no machine`)
  return found
}

/** What the metadata server gives a machine, and what is in it. */
function claimsOf(ref: AgentRef): Claims {
  const token = identityToken(machineOf(ref), HEARTBEAT_URL, fleet.cloud.world) ?? ''
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims
}

/** Google signs whatever this is, as it would sign for a machine that is really so. */
const signed = (claims: JsonObject): string => fleet.cloud.world.signer.sign(claims)

const machine = (claims: Claims, changes: JsonObject): JsonObject => ({
  ...claims,
  google: { compute_engine: { ...claims.google.compute_engine, ...changes } },
})

/** Tells that the gateway does not work: whoever is believed makes the agent Degraded. */
const slander = (ref: AgentRef): HeartbeatBody => ({
  appliedGeneration: asText(fleet.store.agentStatus(ref.uid)?.resources['machine']?.['generation'] ?? ''),
  ready: false,
  failing: ['slander'],
  first: true,
})

/**
 * Whether the slander counts at any moment until the machine itself has spoken again. What another machine of the account
 * says may be kept for a while, because a new one may speak before it is recorded; it proves nothing.
 */
async function isBelieved(ref: AgentRef): Promise<boolean> {
  const laterMs = fleet.clock.nowMs() + 90_000
  const machineId = machineOf(ref).body['id']
  let believed = false
  await fleet.until(ref.uid, ({ phase }) => {
    const { instanceId, failing } = leaseOf(ref) ?? {}
    believed ||= phase !== 'Ready' || (instanceId === machineId && failing?.includes('slander') === true)
    return fleet.clock.nowMs() > laterMs
  })
  return believed
}

const leaseOf = ({ uid }: AgentRef) => fleet.store.leases.get('acme')?.get(uid)

/** Genuine signatures over what is not so. Each is refused at the door, or says nothing of Ada's agent. */
const misdirected: readonly (readonly [what: string, make: () => string])[] = [
  ['of another instance under the same account', () => signed(machine(claimsOf(ada), { instance_id: '4711' }))],
  ['of the other agent’s instance', () => signed(machine(claimsOf(ada), claimsOf(bob).google.compute_engine))],
  ['from another zone', () => signed(machine(claimsOf(ada), { zone: 'us-central1-a' }))],
  ['from another project', () => signed(machine(claimsOf(ada), { project_id: 'evil-project' }))],
  ['from a project of another number', () => signed(machine(claimsOf(ada), { project_number: 4711 }))],
  ['of an account made again under the same address', () => signed({ ...claimsOf(ada), sub: '1', azp: '1' })],
  [
    'of the other agent’s account under this one’s address',
    () => signed({ ...claimsOf(ada), sub: claimsOf(bob)['sub'] ?? '' }),
  ],
  ['of the other agent', () => signed(claimsOf(bob))],
  ['older than the last', () => signed({ ...claimsOf(ada), iat: (leaseOf(ada)?.iatS ?? 0) - 1 })],
  ['as old as the last', () => signed({ ...claimsOf(ada), iat: leaseOf(ada)?.iatS ?? 0 })],
  ['from before the machine’s start', () => signed({ ...claimsOf(ada), iat: startedAtS(ada) - 5 })],
  ['without a machine, as for an account', () => signed({ ...claimsOf(ada), google: {} })],
  ['for another address', () => signed({ ...claimsOf(ada), aud: 'https://planes.example.com/api' })],
  ['of a project that is named by number', () => signed(machine(claimsOf(ada), { project_id: '123456789012' }))],
  ['of an instance whose name is Ada’s', () => signed(machine(claimsOf(bob), { instance_name: machineOf(ada).name }))],
  [
    'of nobody’s uids',
    () => signed({ ...claimsOf(ada), email: 'ap-aaaaaaaaaa-bbbbbbbbbb@demo-project.iam.gserviceaccount.com' }),
  ],
  ['of a person', () => signed({ ...claimsOf(ada), email: 'ada@example.com' })],
  ['that is over', () => signed({ ...claimsOf(ada), exp: Math.floor(fleet.clock.nowMs() / 1000) - 61 })],
  ['that is yet to begin', () => signed({ ...claimsOf(ada), iat: Math.floor(fleet.clock.nowMs() / 1000) + 61 })],
]

const startedAtS = ({ uid }: AgentRef): number =>
  Number(fleet.store.agentStatus(uid)?.resources['machine']?.['startedAtMs'] ?? 0) / 1000

/** Variants of a token that taught nobody anything, each counted once it did not. */
const refused = new Set<string>()

describe('heartbeat, sweep and runtime together', () => {
  test.each(misdirected)('learn nothing of an agent from a token %s', async (what, make) => {
    await fleet.post(HEARTBEAT_URL, make(), slander(ada))
    expect(await isBelieved(ada)).toBe(false)
    refused.add(`a token ${what}`)
  })

  test('learn nothing of an agent from its own machine’s token, forged', async () => {
    const { id, privateKey } = fleet.cloud.world.signer.key()
    const keys = await issuedBy(privateKey, id, claimsOf(ada))
    for (const [what, make] of forgeries)
      expect([what, await fleet.post(HEARTBEAT_URL, await make(keys), slander(ada))]).toEqual([what, 401])
    expect(await isBelieved(ada)).toBe(false)
    for (const [what] of forgeries) refused.add(`a token with ${what}`)
  })

  test('refuse at least sixty that are forged, replayed or misdirected', () => {
    expect(refused.size).toBeGreaterThanOrEqual(60)
  })

  test('believe the machine itself, or all of the above would prove nothing', async () => {
    fleet.clock.advance(2000)
    for (const ref of [ada, bob]) {
      expect(await fleet.post(HEARTBEAT_URL, signed(claimsOf(ref)), slander(ref))).toBe(204)
      expect(await isBelieved(ref)).toBe(true)
    }
  })
})
