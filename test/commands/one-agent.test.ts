import { beforeEach, describe, expect, test } from 'vitest'
import { apiClient } from '../../shared/api/client.ts'
import { router } from '../../shared/commands/router.ts'
import type { AgentSpec } from '../../shared/documents/agent.ts'
import { ProviderError } from '../../shared/ports/errors.ts'
import type { LogLine } from '../../shared/ports/logs.ts'
import { ADA, PLANE, TOKEN, commandWorld, engineWrites } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'

const ONE = { plane: 'local', name: 'ada' } as const
const VALUE = 'a value that must be seen nowhere'

let world: CommandWorld

beforeEach(async () => {
  world = commandWorld()
  await world.api.createPlane(PLANE)
  await world.api.addAgent(ADA)
})

const lastAudit = (): unknown => world.trail.at(-1)?.entry

const line = (atMs: number, text: string): LogLine => ({ atMs, severity: 'info', text })

async function spec(): Promise<AgentSpec | undefined> {
  const parsed = (await world.specs.getAgent('local', 'ada'))?.parsed
  return parsed?.ok === true ? parsed.spec : undefined
}

describe('logs', () => {
  test('are read page by page without a gap or a repetition, though lines share a millisecond', async () => {
    await engineWrites(world, 'ada')
    const at = world.clock.ms - 1000
    world.lines.push(line(at, 'a'), line(at, 'b'), line(at, 'c'), line(at + 1, 'd'), line(at + 1, 'e'))
    const read: string[] = []
    let page = await world.api.readLogs({ ...ONE, limit: 2 })
    while (page.lines.length > 0) {
      read.push(...page.lines.map(({ text }) => text))
      page = await world.api.readLogs({ ...ONE, limit: 2, cursor: page.cursor })
    }
    world.lines.push(line(at + 1, 'f'), line(at + 2, 'g'))
    page = await world.api.readLogs({ ...ONE, cursor: page.cursor })
    expect([...read, ...page.lines.map(({ text }) => text)]).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
  })

  test('begin as far back as asked', async () => {
    await engineWrites(world, 'ada')
    world.lines.push(line(world.clock.ms - 60_000, 'old'), line(world.clock.ms - 1000, 'new'))
    const { lines } = await world.api.readLogs({ ...ONE, sinceMs: 30_000 })
    expect(lines).toEqual([{ at: new Date(world.clock.ms - 1000).toISOString(), severity: 'info', text: 'new' }])
  })

  test('of an agent that has no place yet are refused for now', async () => {
    await expect(world.api.readLogs(ONE)).rejects.toMatchObject({ status: 409, body: { code: 'NotYet' } })
  })
})

describe('setting a secret', () => {
  test('puts the value into the vault and the name into the spec, and the value nowhere else', async () => {
    const { uid } = await engineWrites(world, 'ada')
    const result = await world.api.setSecret({ ...ONE, key: 'openai-api-key', value: VALUE })
    expect(world.vault.get(`${uid}/openai-api-key`)).toBe(VALUE)
    expect((await spec())?.secrets).toEqual(['openai-api-key'])
    expect(lastAudit()).toMatchObject({ action: 'secret-set', agent: 'ada', after: { secret: 'openai-api-key' } })
    expect(JSON.stringify([result, world.trail, world.logged, [...world.stored]])).not.toContain(VALUE)
  })

  test('with a model, makes it the key of that model once the value is there', async () => {
    await engineWrites(world, 'ada')
    world.slots.add('another')
    const wish = { ...ONE, key: 'openai-api-key', value: VALUE, model: { provider: 'openai', name: 'gpt-5' } } as const
    await expect(world.api.setSecret(wish)).rejects.toMatchObject({ status: 409, body: { code: 'NotYet' } })
    expect(await spec()).toMatchObject({ secrets: ['openai-api-key'] })
    expect((await spec())?.model).toBeUndefined()
    world.slots.add('openai-api-key')
    const { agent } = await world.api.setSecret(wish)
    const model = { provider: 'openai', name: 'gpt-5', apiKeySecret: 'openai-api-key' }
    expect((await spec())?.model).toEqual(model)
    expect((await spec())?.secrets).toEqual(['openai-api-key'])
    expect(lastAudit()).toMatchObject({ before: { model: null }, after: { model } })
    expect(agent.invalid).toBeUndefined()
  })

  test('a new value for a name that was there changes the vault and leaves the spec alone', async () => {
    const { uid } = await engineWrites(world, 'ada')
    const call = { ...ONE, key: 'openai-api-key' }
    await world.api.setSecret({ ...call, value: 'the first value' })
    const before = await world.specs.getAgent('local', 'ada')
    await world.api.setSecret({ ...call, value: VALUE })
    expect(world.vault.get(`${uid}/openai-api-key`)).toBe(VALUE)
    expect(await world.specs.getAgent('local', 'ada')).toEqual(before)
    expect(lastAudit()).toMatchObject({ action: 'secret-set', after: { secret: 'openai-api-key' } })
  })

  test('puts nothing into the vault before the entry is in the trail', async () => {
    const { uid } = await engineWrites(world, 'ada')
    const call = { ...ONE, key: 'openai-api-key' }
    await world.api.setSecret({ ...call, value: 'the first value' })
    const model = { provider: 'openai', name: 'gpt-5' } as const
    const specs = { ...world.specs, audit: () => Promise.reject(new ProviderError('Unavailable', 'Firestore is away')) }
    const api = apiClient({ url: 'http://127.0.0.1', token: TOKEN, fetch: router({ ...world.ports, specs }) })
    await expect(api.setSecret({ ...call, value: VALUE })).rejects.toMatchObject({ status: 503 })
    await expect(api.setSecret({ ...call, value: VALUE, model })).rejects.toMatchObject({ status: 503 })
    expect(world.vault.get(`${uid}/openai-api-key`)).toBe('the first value')
  })

  test('of an agent that is being removed is refused', async () => {
    await engineWrites(world, 'ada', { phase: 'Removing', target: 'absent' })
    const call = world.api.setSecret({ ...ONE, key: 'key', value: VALUE })
    await expect(call).rejects.toMatchObject({ status: 409, body: { code: 'WrongPhase' } })
  })
})

describe('opening', () => {
  test('gives the owner the address and token, and leaves an audit entry without them', async () => {
    const { uid } = await engineWrites(world, 'ada')
    expect(await world.api.openAgent(ONE)).toEqual({
      url: `http://127.0.0.1:18789/#token=secret-of-${uid}`,
      token: `secret-of-${uid}`,
      ask: 'openclaw agent',
    })
    expect(lastAudit()).toMatchObject({ actor: 'local@localhost', action: 'open-agent', agent: 'ada' })
    expect(JSON.stringify(lastAudit())).not.toContain(`secret-of-${uid}`)
  })

  test.each(['Stopped', 'Removing', 'Removed', 'Failed'] as const)('a %s agent is refused', async (phase) => {
    await engineWrites(world, 'ada', { phase })
    await expect(world.api.openAgent(ONE)).rejects.toMatchObject({ status: 409, body: { code: 'WrongPhase' } })
  })
})
