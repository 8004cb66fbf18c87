import { beforeEach, expect, test } from 'vitest'
import { EXIT } from '../../clients/cli/exit.ts'
import type { RemoteInvocation as Invocation } from '../../clients/cli/run.ts'
import { apiClient } from '../../shared/api/client.ts'
import { router } from '../../shared/commands/router.ts'
import type { Caller } from '../../shared/ports/people.ts'
import { ADA, PLANE, TOKEN, commandWorld, engineWrites, engineWritesPlane } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { runCli } from '../fakes/cli.ts'
import { fakeTerminal } from '../fakes/terminal.ts'

let world: CommandWorld

/** Ada, who owns an agent of the plane and has no role in it. */
beforeEach(async () => {
  world = commandWorld()
  await world.api.createPlane(PLANE)
  await world.api.addAgent(ADA)
  await world.api.addAgent({ ...ADA, name: 'bob', owner: 'bob@example.com' })
  await engineWrites(world, 'ada')
  await engineWrites(world, 'bob')
  const sinceMs = world.clock.ms
  await engineWritesPlane(world, {
    conditions: { AdminSeparation: { status: 'False', reason: 'Readers', message: 'eve could', sinceMs } },
  })
})

async function asAda(invocation: Invocation) {
  const caller: Caller = { actor: 'ada@example.com', owns: (owner) => owner === 'ada@example.com' }
  const fetch = router({ ...world.ports, authenticate: async () => ({ is: 'caller', caller }) })
  const api = apiClient({ url: 'http://127.0.0.1', token: TOKEN, fetch })
  const terminal = fakeTerminal()
  const exitCode = await runCli(invocation, { ...world, api }, terminal)
  return { exitCode, text: [...terminal.stdout, ...terminal.stderr].join('\n') }
}

const STATUS = { json: false, watch: false, all: false } as const
const ONE = { plane: 'local', name: 'ada' } as const

test.each<[string, Invocation]>([
  ['status', { verb: 'status', options: STATUS }],
  ['status of her plane', { verb: 'status', options: { ...STATUS, plane: 'local' } }],
  ['status of her agent', { verb: 'status', options: { ...STATUS, ...ONE } }],
  ['show', { verb: 'show', options: { ...ONE, json: false } }],
  ['cost', { verb: 'cost', options: { plane: 'local', json: false } }],
])('an owner is shown her own agent and nothing else by planes %s', async (_, invocation) => {
  const { exitCode, text } = await asAda(invocation)
  expect({ exitCode, text }).toEqual({ exitCode: EXIT.ok, text: expect.stringContaining('ada') })
  expect(text).not.toMatch(/bob|eve could/)
})

test('an owner who asks for an agent of somebody else is told which are hers', async () => {
  const { exitCode, text } = await asAda({ verb: 'show', options: { ...ONE, name: 'bob', json: false } })
  expect({ exitCode, text }).toEqual({
    exitCode: EXIT.failure,
    text: 'Error: You have no agent "bob" in plane "local".\nYours: ada.',
  })
})
