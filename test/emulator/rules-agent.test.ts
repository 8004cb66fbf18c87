import { deleteField, doc, serverTimestamp, setDoc, Timestamp, updateDoc } from 'firebase/firestore'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aPlane, anAgent, isAllowed, members, rulesUnderTest } from './rules-environment.ts'

const rules = rulesUnderTest()

type Fields = Readonly<Record<string, unknown>>

const create = (path: string, data: Fields) => isAllowed(setDoc(doc(rules.as('admin'), path), data))
const update = (path: string, changes: Fields) => isAllowed(updateDoc(doc(rules.as('admin'), path), changes))
const fresh = (folder: string) => `${folder}/n${crypto.randomUUID().slice(0, 8)}`

beforeAll(() => rules.seed(members))
beforeEach(() => rules.seed({ 'planes/acme': aPlane() }))

/** An agent spec with every field there is. */
const full = {
  backend: 'process',
  zone: 'us-east4-a',
  machineType: 'n2d-standard-4',
  desiredState: 'stopped',
  purge: false,
  openclawVersion: '2026.9.6',
  model: { provider: 'openai', name: 'gpt-5.2', apiKeySecret: 'openai-api-key' },
  // As many as there may be: the rules evaluate at most 1000 expressions for a request.
  channels: Array.from({ length: 8 }, () => ({ kind: 'telegram', allowFrom: ['@ada', '12'], account: 'acme' })),
  secrets: ['openai-api-key', 'telegram'],
  openclawHeartbeat: { every: '30m' },
  thinkingClock: { every: '2h', prompt: 'What is new?' },
  egress: { mode: 'restricted', domains: ['api.openai.com'] },
  budgetUsdPerMonth: 12.5,
  labels: { team: 'research', 'cost-centre': '' },
  restart: 1,
  retry: 2,
}

describe('a new agent', () => {
  test.each<[string, Fields]>([
    ['with the least it must say', {}],
    ['with every field', full],
  ])('%s is accepted', async (_, fields) => {
    expect(await create(fresh('planes/acme/agents'), anAgent(fields))).toBe(true)
  })

  test.each<[string, Fields]>([
    ['an unknown field', { colour: 'red' }],
    ['a createdAt that is not now', { createdAt: Timestamp.fromMillis(1) }],
    ['a createdAt that is text', { createdAt: '2026-01-01T00:00:00Z' }],
    ['a group as owner', { owner: 'group:all@acme.com' }],
    ['everybody as owner', { owner: 'allUsers' }],
    ['a service account as owner', { owner: 'x@p.iam.gserviceaccount.com' }],
    ['an owner in capitals', { owner: 'Ada@acme.com' }],
    ['an owner that is no address', { owner: 'ada' }],
    ['an owner that is no text', { owner: 7 }],
    ['an unknown backend', { backend: 'docker' }],
    ['a zone that is a region', { zone: 'us-east4' }],
    ['too small a machine', { machineType: 'e2-micro' }],
    ['an unknown state', { desiredState: 'paused' }],
    ['a purge that is text', { purge: 'yes' }],
    ['a version of another shape', { openclawVersion: 'latest' }],
    ['a model without its key', { model: { provider: 'openai', name: 'gpt-5.2' } }],
    ['a model with an unknown field', { model: { ...full.model, apiKey: 'x' } }],
    ['an unknown model provider', { model: { ...full.model, provider: 'acme' } }],
    ['an unknown channel', { channels: [{ kind: 'irc' }] }],
    [
      'a bad channel behind good ones',
      { channels: [{ kind: 'slack' }, { kind: 'slack' }, { kind: 'slack', token: 'x' }] },
    ],
    ['nine channels', { channels: Array.from({ length: 9 }, () => ({ kind: 'slack' })) }],
    ['a bad eighth channel', { channels: [...Array.from({ length: 7 }, () => ({ kind: 'slack' })), { kind: 'irc' }] }],
    ['channels that are no list', { channels: { kind: 'slack' } }],
    ['an allow-list that is no list', { channels: [{ kind: 'slack', allowFrom: 'ada' }] }],
    ['a secret name with capitals', { secrets: ['OPENAI_API_KEY'] }],
    ['a secret that is no text', { secrets: [1] }],
    ['fifty-one secrets', { secrets: Array.from({ length: 51 }, (_, i) => `s${i}`) }],
    ['a heartbeat every second', { openclawHeartbeat: { every: '1s' } }],
    ['a clock without a prompt', { thinkingClock: { every: '1h' } }],
    ['a clock with a long prompt', { thinkingClock: { every: '1h', prompt: 'x'.repeat(4001) } }],
    ['an unknown egress mode', { egress: { mode: 'closed' } }],
    ['egress to an address', { egress: { mode: 'restricted', domains: ['http://x/'] } }],
    ['a budget of nothing', { budgetUsdPerMonth: 0 }],
    ['a label of ours', { labels: { team: 'x', 'ap-plane': 'x' } }],
    ["a label of Google's", { labels: { team: 'x', 'goog-owner': 'x' } }],
    ['a label that is no text', { labels: { team: 1 } }],
    ['a label in capitals', { labels: { team: 'X' } }],
    ['twenty-one labels', { labels: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`l${i}`, 'x'])) }],
    ['a negative counter', { restart: -1 }],
    ['a counter that is no whole number', { retry: 1.5 }],
    ['an empty field', { zone: null }],
  ])('with %s is refused', async (_, fields) => {
    expect(await create(fresh('planes/acme/agents'), anAgent(fields))).toBe(false)
  })

  test('without an owner or a createdAt is refused', async () => {
    expect(await create(fresh('planes/acme/agents'), { createdAt: serverTimestamp() })).toBe(false)
    expect(await create(fresh('planes/acme/agents'), { owner: 'ada@acme.com' })).toBe(false)
  })

  test.each(['Ada', 'a_b', '-a', 'a-', 'a'.repeat(41), 'ä'])('named %s is refused', async (name) => {
    expect(await create(`planes/acme/agents/${name}`, anAgent())).toBe(false)
  })

  test('in a plane that does not exist is refused', async () => {
    await rules.seed({ 'planes/ghost/members/root@acme.com': { createdAt: new Date(0), role: 'admin' } })
    expect(await create('planes/ghost/agents/ada', anAgent())).toBe(false)
  })

  test('in a plane that is closing is refused', async () => {
    await rules.seed({ 'planes/acme': aPlane({ desiredState: 'removed' }) })
    expect(await create(fresh('planes/acme/agents'), anAgent())).toBe(false)
  })

  test('for somebody outside the allowed domains is refused', async () => {
    await rules.seed({ 'planes/acme': aPlane({ allowedDomains: ['acme.com', 'acme.org'] }) })
    expect(await create(fresh('planes/acme/agents'), anAgent({ owner: 'eve@evil.com' }))).toBe(false)
    expect(await create(fresh('planes/acme/agents'), anAgent({ owner: 'eve@acme.org' }))).toBe(true)
  })
})

describe('an edit of an agent', () => {
  const path = 'planes/acme/agents/ada'

  beforeEach(() => rules.seed({ [path]: anAgent({ zone: 'us-east4-a' }) }))

  test.each<[string, Fields]>([
    ['what may change', { machineType: 'e2-standard-2', restart: 1, labels: { team: 'x' } }],
    ['the state', { desiredState: 'stopped' }],
    ['the state to removed, with purge', { desiredState: 'removed', purge: true }],
  ])('of %s is accepted', async (_, changes) => {
    expect(await update(path, changes)).toBe(true)
  })

  test.each<[string, Fields]>([
    ['createdAt', { createdAt: serverTimestamp() }],
    ['the owner', { owner: 'bob@acme.com' }],
    ['the backend', { backend: 'process' }],
    ['the zone', { zone: 'us-east4-b' }],
    ['the zone, by leaving it out', { zone: deleteField() }],
    ['createdAt, by leaving it out', { createdAt: deleteField() }],
    ['an unknown field', { phase: 'Ready' }],
    ['a field to a wrong type', { secrets: 'openai' }],
  ])('of %s is refused', async (_, changes) => {
    expect(await update(path, changes)).toBe(false)
  })

  test.each<[string, unknown]>([
    ['running', 'running'],
    ['stopped', 'stopped'],
    ['its default', deleteField()],
  ])('takes removal back to %s in vain', async (_, desiredState) => {
    await rules.seed({ [path]: anAgent({ desiredState: 'removed' }) })
    expect(await update(path, { desiredState })).toBe(false)
    expect(await update(path, { purge: true })).toBe(true)
  })
})
