import { beforeEach, expect, test } from 'vitest'
import { EXIT } from '../../clients/cli/exit.ts'
import { stepLines } from '../../clients/cli/plan-text.ts'
import type { RemoteInvocation as Invocation } from '../../clients/cli/run.ts'
import { apiClient } from '../../shared/api/client.ts'
import type { PlanView } from '../../shared/api/views.ts'
import { router } from '../../shared/commands/router.ts'
import type { BackendName } from '../../shared/documents/fields.ts'
import { agentGraph, planeGraph } from '../../shared/lifecycle/graph.ts'
import { ADA, PLANE, TOKEN, commandWorld, engineWritesPlane } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { runCli } from '../fakes/cli.ts'
import { fakeTerminal } from '../fakes/terminal.ts'

let world: CommandWorld

beforeEach(async () => {
  world = commandWorld()
})

/** What `add-agent --dry-run` prints in a plane of this backend. */
async function tried(backend: BackendName, fields: object = {}, json = false): Promise<readonly string[]> {
  const terminal = fakeTerminal()
  const asked = { ...ADA, dryRun: true, ...fields }
  const add: Invocation = { verb: 'add-agent', options: { json, wait: false, timeoutMs: 1, fields: asked } }
  const fetch = router({ ...world.ports, backends: [backend] })
  const api = apiClient({ url: 'http://127.0.0.1:8787/api', token: TOKEN, fetch })
  expect(await runCli(add, { ...world, api }, terminal)).toBe(EXIT.ok)
  return terminal.stdout
}

test('a dry run says what an agent would be made of and cost, and adds none', async () => {
  await world.specs.createPlane('local', { project: PLANE.project, region: PLANE.region, backend: 'vm' })
  await engineWritesPlane(world)
  const before = world.trail.length
  expect(await tried('vm', { machineType: 'e2-small', secrets: ['notes'] })).toEqual([
    'Nothing was changed. Agent "ada" would be added to plane "local":',
    '  owner     ada@example.com',
    '  machine   vm · e2-small',
    '  model     demo model',
    expect.stringMatching(
      /^ {2}cost {6}about \$21\.81 a month, \$0\.0253 an hour of running; without traffic and models/,
    ),
    'steps',
    '  run identity  an account of its own',
    '  run disk      the disk that keeps its data',
    '  run secrets   a place for each of its secrets, which only it may read',
    '  run egress    what it may reach',
    '  run machine   the machine that OpenClaw runs on',
    '  run access    the way in, for its owner alone',
    '  run channels  what its channels still need',
    '  run runtime   OpenClaw, until it answers',
  ])
  expect(await world.specs.getAgent('local', 'ada')).toBeUndefined()
  expect(world.trail).toHaveLength(before)
})

test('a dry run prints the steps that its JSON has, in their order', async () => {
  await world.specs.createPlane('local', { project: PLANE.project, region: PLANE.region, backend: 'vm' })
  const [text = ''] = await tried('vm', {}, true)
  const { plan } = JSON.parse(text) as { readonly plan: PlanView }
  const lines = await tried('vm')
  const printed = lines.slice(lines.indexOf('steps') + 1).map((line) => line.trim().split(/ +/).slice(0, 2))
  expect(printed).toEqual(plan.steps.map(({ name }) => ['run', name]))
})

test('every step of agents and planes is told of in words', () => {
  const all = [...agentGraph, ...planeGraph].map(({ name }) => ({ name, does: 'apply' as const }))
  for (const line of stepLines(all).slice(1)) expect(line).toMatch(/^ {2}run \w+ +\S.* \S/)
  expect(stepLines([{ name: 'unheard-of', does: 'remove' }])).toEqual(['steps', '  take away unheard-of'])
})

test('a dry run in JSON has the estimate too', async () => {
  await world.specs.createPlane('local', { project: PLANE.project, region: PLANE.region, backend: 'vm' })
  const [text = ''] = await tried('vm', { machineType: 'n2-standard-2' }, true)
  expect(JSON.parse(text)).toMatchObject({
    dryRun: true,
    agent: { machineType: 'n2-standard-2', cost: { missing: 'machine type n2-standard-2' } },
  })
})

// Each secret is 0.06 a month; without any this agent is about 21.75.
test.each<[string, object, string]>([
  ['a channel that is paired', { channels: [{ kind: 'whatsapp', allowFrom: ['+41791234567'] }] }, '21.75'],
  ['Slack, with two tokens', { channels: [{ kind: 'slack', allowFrom: ['U012ABCDEF'] }] }, '21.87'],
  [
    'one secret named twice',
    { secrets: ['key'], model: { provider: 'openai', name: 'gpt-5', apiKeySecret: 'key' } },
    '21.81',
  ],
])('every secret is estimated once: %s', async (_, fields, usdPerMonth) => {
  await world.specs.createPlane('local', { project: PLANE.project, region: PLANE.region, backend: 'vm' })
  await engineWritesPlane(world)
  const lines = await tried('vm', { machineType: 'e2-small', ...fields })
  expect(lines.find((line) => line.includes('cost'))).toContain(`about $${usdPerMonth} a month`)
})

test('where nobody sends a bill a dry run estimates nothing', async () => {
  await world.api.createPlane(PLANE)
  expect((await tried('process')).join('\n')).not.toContain('cost')
  await world.api.addAgent(ADA)
  expect(await tried('process')).toEqual(['Agent "ada" is up to date; nothing would be changed.'])
})
