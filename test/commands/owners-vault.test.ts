import { expect, test } from 'vitest'
import { router } from '../../shared/commands/router.ts'
import { apiClient } from '../../shared/api/client.ts'
import type { ApiClient } from '../../shared/api/client.ts'
import { googleOwnerAccess, googleVault } from '../../shared/gcp/people.ts'
import { ADA, commandWorld, engineWrites, PLANE, TOKEN } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'

const ONE = { plane: 'local', name: 'ada' } as const
const VALUE = 'sk-this-is-a-value-of-nobody'

/** An installation whose owners set values and open tunnels themselves, with the agent `ada`. */
async function installation(): Promise<{ readonly world: CommandWorld; readonly api: ApiClient }> {
  const world = commandWorld()
  const ports = { ...world.ports, backends: ['vm'] as const, vault: googleVault, access: googleOwnerAccess }
  const api = apiClient({ url: 'http://127.0.0.1:8787/api', token: TOKEN, fetch: router(ports) })
  await api.createPlane({ ...PLANE, backend: 'vm' })
  await api.addAgent(ADA)
  await engineWrites(world, 'ada')
  return { world, api }
}

test('without a value a secret is named in the spec, and its owner told how to set it', async () => {
  const { world, api } = await installation()
  const { command } = await api.setSecret({ ...ONE, key: 'notes' })
  expect(command).toMatch(/^gcloud secrets versions add ap-\S+-notes --project=\S+ --data-file=-$/)
  const spec = (await world.specs.getAgent('local', 'ada'))?.parsed
  expect(spec).toMatchObject({ ok: true, spec: { secrets: ['notes'] } })
})

const MODEL = { provider: 'openai', name: 'gpt-5' } as const
const NEXT = 'planes update-agent --plane local --name ada --model openai/gpt-5 --model-key notes'

test('with a model the secret is named and the model left for after the value', async () => {
  const { world, api } = await installation()
  const { command, place, next } = await api.setSecret({ ...ONE, key: 'notes', model: MODEL })
  expect(next).toBe(NEXT)
  expect(command).toBe(`gcloud secrets versions add ${place?.secret} --project=${place?.project} --data-file=-`)
  const parsed = (await world.specs.getAgent('local', 'ada'))?.parsed
  expect(parsed).toMatchObject({ ok: true, spec: { secrets: ['notes'] } })
  expect(parsed?.ok === true && parsed.spec.model).toBe(undefined)
  expect(world.trail.at(-1)?.entry).toMatchObject({ action: 'secret-set', after: { secret: 'notes' } })
  expect(world.trail.at(-1)?.entry.after).not.toHaveProperty('model')
})

test('a model that its agent has already is not touched by naming another secret for it', async () => {
  const { world, api } = await installation()
  const model = { ...MODEL, apiKeySecret: 'old' }
  await api.updateAgent({ ...ONE, model })
  await api.setSecret({ ...ONE, key: 'notes', model: MODEL })
  expect((await world.specs.getAgent('local', 'ada'))?.parsed).toMatchObject({ ok: true, spec: { model } })
})

test('a dry run says what would be named, and what sets the model afterwards', async () => {
  const { world, api } = await installation()
  const before = world.trail.length
  const { plan, next } = await api.setSecret({ ...ONE, key: 'notes', model: MODEL, dryRun: true })
  expect(next).toBe(NEXT)
  expect(plan?.after).toEqual({ secret: 'notes', secrets: ['notes'] })
  expect(world.trail).toHaveLength(before)
})

test('a value that is sent all the same is refused, and kept nowhere', async () => {
  const { world, api } = await installation()
  const call = api.setSecret({ ...ONE, key: 'notes', value: VALUE })
  await expect(call).rejects.toMatchObject({ status: 422, body: { code: 'ValueNotTaken', field: 'value' } })
  expect(JSON.stringify([...world.vault, world.trail, world.logged, [...world.stored]])).not.toContain(VALUE)
})

test('where values are taken, one has to be given', async () => {
  const world = commandWorld()
  await world.api.createPlane(PLANE)
  await world.api.addAgent(ADA)
  await engineWrites(world, 'ada')
  const call = world.api.setSecret({ ...ONE, key: 'notes' })
  await expect(call).rejects.toMatchObject({ status: 422, body: { message: 'value is missing' } })
})

test('opening gives the commands that lead there, and no token', async () => {
  const { api } = await installation()
  const address = await api.openAgent(ONE)
  expect(address).toMatchObject({ url: 'http://127.0.0.1:18789/', commands: [expect.any(String), expect.any(String)] })
  expect(address).not.toHaveProperty('token')
  expect(address.ask).toContain(`OPENCLAW_GATEWAY_TOKEN="$(${address.commands?.[1]})" openclaw agent `)
  const { agent } = await api.getAgent(ONE)
  expect(agent.gatewayUrl).toBeUndefined()
})
