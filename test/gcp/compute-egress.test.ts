import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import type { Place } from '../../shared/documents/names.ts'
import { freePriority } from '../../shared/gcp/compute/egress-rules.ts'
import { googleNetwork } from '../../shared/gcp/plane/network.ts'
import { AGENT_PRIORITIES, constantRules } from '../../shared/gcp/plane/firewall-rules.ts'
import type { EgressPolicy } from '../../shared/ports/backend.ts'
import { LeaseExpired } from '../../shared/ports/errors.ts'
import { email, must } from './a-cloud.ts'
import { aStand, changes, EXPIRED, PLACE } from './adapter-stand.ts'
import { aComputeStand, anAttempt, computePorts, NAME, PLATFORM, POLICY_PATH } from './compute-stand.ts'
import type { ComputeStand } from './compute-stand.ts'

const restricted = (...domains: readonly string[]): EgressPolicy => ({ mode: 'restricted', domains })

type ShownRule = JsonObject & { readonly priority: number; readonly match: JsonObject }

/** Rules of single agents, as the policy holds them. */
async function agentRules({ send }: ComputeStand): Promise<readonly ShownRule[]> {
  const { rules } = await must(send, `GET ${POLICY_PATH}`)
  return (rules as readonly ShownRule[]).filter(
    ({ priority }) => priority >= AGENT_PRIORITIES.first && priority <= AGENT_PRIORITIES.last,
  )
}

test('a restricted agent reaches the platform and its own domains, and nothing else', async () => {
  const stand = await aComputeStand()
  await stand.ports.egress.set(anAttempt('one'), PLACE, restricted('api.openai.com', 'slack.com'))
  const rules = await agentRules(stand)
  const [{ priority: first } = { priority: 0 }] = rules
  const common = { direction: 'EGRESS', targetServiceAccounts: [email(NAME)], disabled: false }
  const https = [{ ipProtocol: 'tcp', ports: ['443'] }]
  expect(rules).toMatchObject([
    { ...common, priority: first, action: 'allow', match: { destFqdns: PLATFORM, layer4Configs: https } },
    {
      ...common,
      priority: first + 1,
      action: 'allow',
      match: { destFqdns: ['api.openai.com', 'slack.com'], layer4Configs: https },
    },
    {
      ...common,
      priority: first + 2,
      action: 'deny',
      enableLogging: true,
      match: { destIpRanges: ['0.0.0.0/0'], layer4Configs: [{ ipProtocol: 'all' }] },
    },
  ])
  expect(await stand.ports.egress.find(PLACE)).toEqual({ ...restricted('api.openai.com', 'slack.com'), ours: true })
})

test('an agent without domains reaches the platform only', async () => {
  const stand = await aComputeStand()
  await stand.ports.egress.set(anAttempt('one'), PLACE, restricted('slack.com'))
  await stand.ports.egress.set(anAttempt('two'), PLACE, restricted())
  expect((await agentRules(stand)).map(({ action }) => action)).toEqual(['allow', 'deny'])
  expect(await stand.ports.egress.find(PLACE)).toEqual({ ...restricted(), ours: true })
})

test('the plane’s own rules stay as they are', async () => {
  const stand = await aComputeStand()
  await stand.ports.egress.set(anAttempt('one'), PLACE, restricted('slack.com'))
  expect(await googleNetwork(stand.google).findNetwork(PLACE)).toMatchObject({ missing: [] })
  const { rules } = await must(stand.send, `GET ${POLICY_PATH}`)
  const priorities = (rules as readonly ShownRule[]).map(({ priority }) => priority)
  expect(priorities).toEqual(expect.arrayContaining(constantRules.map(({ priority }) => priority)))
})

test('without a policy there is no rule to find, none to delete, and none can be set yet', async () => {
  const { google } = await aStand()
  const { egress } = computePorts(google)
  expect(await egress.find(PLACE)).toBeUndefined()
  await egress.delete(anAttempt('one'), PLACE)
  const set = egress.set(anAttempt('two'), PLACE, restricted('slack.com'))
  await expect(set).rejects.toMatchObject({ kind: 'NotFound', message: expect.stringContaining('ap-planeuid22') })
})

describe('a change', () => {
  test('that changes nothing writes nothing; other domains are one request', async () => {
    const stand = await aComputeStand()
    const { egress } = stand.ports
    const made = async (run: () => Promise<void>): Promise<readonly string[]> => {
      const before = stand.requests.length
      await run()
      return changes(stand.requests.slice(before))
        .filter((line) => !line.includes('/operations/'))
        .map((line) => line.slice(line.lastIndexOf('/') + 1))
    }
    expect(await made(() => egress.set(anAttempt('a'), PLACE, restricted('a.com', 'b.com')))).toEqual(
      Array(3).fill('addRule'),
    )
    expect(await made(() => egress.set(anAttempt('b'), PLACE, restricted('b.com', 'a.com')))).toEqual([])
    expect(await made(() => egress.set(anAttempt('c'), PLACE, restricted('c.com')))).toEqual(['patchRule'])
    expect(await made(() => egress.set(anAttempt('d'), PLACE, { mode: 'open', domains: [] }))).toEqual(
      Array(3).fill('removeRule'),
    )
    expect(await made(() => egress.delete(anAttempt('e'), PLACE))).toEqual([])
  })

  test.each(['lostAnswer', 'lostRequest', 'operationFails'] as const)(
    'that is cut off by %s at any of its calls is finished by the next attempt',
    async (kind) => {
      for (const skip of [0, 1, 2]) {
        const stand = await aComputeStand()
        const { egress } = stand.ports
        stand.cloud.world.troubles.add({ kind, method: 'compute.networkFirewallPolicies.addRule', skip })
        await expect(egress.set(anAttempt('a'), PLACE, restricted('a.com'))).rejects.toMatchObject({
          kind: 'Unavailable',
        })
        await egress.set(anAttempt('b'), PLACE, restricted('a.com'))
        expect(await egress.find(PLACE)).toMatchObject(restricted('a.com'))
        expect(await agentRules(stand)).toHaveLength(3)
        stand.cloud.world.troubles.add({ kind, method: 'compute.networkFirewallPolicies.removeRule', skip })
        await expect(egress.delete(anAttempt('c'), PLACE)).rejects.toMatchObject({ kind: 'Unavailable' })
        await egress.delete(anAttempt('d'), PLACE)
        expect(await egress.find(PLACE)).toBeUndefined()
        expect(await agentRules(stand)).toEqual([])
      }
    },
  )

  test('that is cut off leaves what denies, never what allows alone', async () => {
    const stand = await aComputeStand()
    const { egress } = stand.ports
    stand.cloud.world.troubles.add({ kind: 'lostRequest', method: 'compute.networkFirewallPolicies.addRule', skip: 1 })
    await expect(egress.set(anAttempt('a'), PLACE, restricted('a.com'))).rejects.toMatchObject({ kind: 'Unavailable' })
    expect((await agentRules(stand)).map(({ action }) => action)).toEqual(['deny'])
    expect(await egress.find(PLACE)).toEqual({ mode: 'open', domains: [], ours: true })
  })

  test('after the attempt has ended is not made', async () => {
    const stand = await aComputeStand()
    const { egress } = stand.ports
    await expect(egress.set(EXPIRED, PLACE, restricted('a.com'))).rejects.toBeInstanceOf(LeaseExpired)
    await expect(egress.set(EXPIRED, PLACE, { mode: 'open', domains: [] })).rejects.toBeInstanceOf(LeaseExpired)
    await expect(egress.delete(EXPIRED, PLACE)).rejects.toBeInstanceOf(LeaseExpired)
    expect(await agentRules(stand)).toEqual([])
  })
})

describe('a rule that somebody changed', () => {
  test.each<[string, number, JsonObject | undefined]>([
    ['is gone', 2, undefined],
    ['is off', 2, { disabled: true }],
    ['allows', 2, { action: 'allow' }],
    ['is about another account', 1, { targetServiceAccounts: [email('ap-planeuid22-otheruid22')] }],
    ['lets more ports through', 1, { match: { destFqdns: ['a.com'], layer4Configs: [{ ipProtocol: 'all' }] } }],
    [
      'is about other hosts of the platform',
      0,
      { match: { destFqdns: ['b.com'], layer4Configs: [{ ipProtocol: 'tcp', ports: ['443'] }] } },
    ],
  ])('because it %s restricts nothing for certain, and is made right', async (_, index, changed) => {
    const stand = await aComputeStand()
    const { egress } = stand.ports
    await egress.set(anAttempt('a'), PLACE, restricted('a.com'))
    const rule = (await agentRules(stand))[index]
    const at = `?priority=${rule?.priority ?? 0}`
    await (changed === undefined
      ? must(stand.send, `POST ${POLICY_PATH}/removeRule${at}`)
      : must(stand.send, `POST ${POLICY_PATH}/patchRule${at}`, changed))
    expect(await egress.find(PLACE)).toEqual({ mode: 'open', domains: [], ours: true })
    await egress.set(anAttempt('b'), PLACE, restricted('a.com'))
    expect(await egress.find(PLACE)).toMatchObject(restricted('a.com'))
    expect((await agentRules(stand)).map(({ action }) => action)).toEqual(['allow', 'allow', 'deny'])
  })
})

/** Two uids with one first priority: there are more uids than places. */
function twoAlike(): readonly [Place, Place] {
  const seen = new Map<number | undefined, Place>()
  for (let n = 0; ; n++) {
    const digits = n.toString(6).padStart(10, '0')
    const place = { ...PLACE, uid: digits.replace(/\d/g, (digit) => 'abcdef'.charAt(Number(digit))) }
    const other = seen.get(freePriority(place.uid, []))
    if (other !== undefined) return [other, place]
    seen.set(freePriority(place.uid, []), place)
  }
}

describe('two agents whose uids point at the same place', () => {
  test('each have their own rules', async () => {
    const stand = await aComputeStand()
    const { egress } = stand.ports
    const [one, two] = twoAlike()
    await egress.set(anAttempt('a'), one, restricted('one.com'))
    await egress.set(anAttempt('b'), two, restricted('two.com'))
    expect(await egress.find(one)).toMatchObject(restricted('one.com'))
    expect(await egress.find(two)).toMatchObject(restricted('two.com'))
    const priorities = (await agentRules(stand)).map(({ priority }) => priority)
    expect(new Set(priorities).size).toBe(6)
    await egress.delete(anAttempt('c'), one)
    expect(await egress.find(two)).toMatchObject(restricted('two.com'))
  })

  test('each have their own rules also when they come at the same moment', async () => {
    const stand = await aComputeStand()
    const { egress } = stand.ports
    const [one, two] = twoAlike()
    await Promise.all([
      egress.set(anAttempt('a'), one, restricted('one.com')),
      egress.set(anAttempt('b'), two, restricted('two.com')),
    ])
    expect(await egress.find(one)).toMatchObject(restricted('one.com'))
    expect(await egress.find(two)).toMatchObject(restricted('two.com'))
    expect(await agentRules(stand)).toHaveLength(6)
  })
})

test('an agent whose place is taken gets the next free one, and none when all are taken', () => {
  const first = freePriority(PLACE.uid, []) ?? 0
  expect(first).toBeGreaterThanOrEqual(AGENT_PRIORITIES.first)
  expect(first + 2).toBeLessThanOrEqual(AGENT_PRIORITIES.last)
  expect(freePriority(PLACE.uid, [{ priority: first + 1 }])).toBe(first + 3)
  const all = []
  for (let priority = AGENT_PRIORITIES.first; priority <= AGENT_PRIORITIES.last; priority += 3) all.push({ priority })
  expect(freePriority(PLACE.uid, all)).toBeUndefined()
})
