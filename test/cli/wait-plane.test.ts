import { beforeEach, describe, expect, test } from 'vitest'
import { EXIT } from '../../clients/cli/exit.ts'
import type { RemoteInvocation as Invocation } from '../../clients/cli/run.ts'
import type { PlaneStatus, StepStatus } from '../../shared/documents/status.ts'
import { PLANE, commandWorld, engineWritesPlane } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { runCli } from '../fakes/cli.ts'
import type { Nap } from '../fakes/cli.ts'
import { fakeTerminal } from '../fakes/terminal.ts'

let world: CommandWorld
let bornMs: number

beforeEach(() => {
  world = commandWorld()
  bornMs = world.clock.ms
})

const planeEngine =
  (changes: Partial<PlaneStatus>): Nap =>
  () =>
    engineWritesPlane(world, changes)

/** The record of a step that is over, its time counted from the start, and how long it took. */
const took = (afterMs: number, tookMs: number): StepStatus => ({
  state: 'ready',
  attempt: 1,
  sinceMs: bornMs + afterMs,
  tookMs,
})

describe('create --wait', () => {
  const options = { json: false, wait: true, timeoutMs: 60_000, fields: PLANE }
  const CREATE: Invocation = { verb: 'create', options }

  test('ends when the plane is Ready and no sooner, showing its steps', async () => {
    const terminal = fakeTerminal()
    const exitCode = await runCli(CREATE, world, terminal, [
      planeEngine({
        phase: 'Provisioning',
        steps: { services: took(300, 300), network: { state: 'doing', attempt: 1, sinceMs: bornMs + 300 } },
      }),
      () => expect(terminal.stdout).toEqual([]),
      planeEngine({ steps: { services: took(300, 300), network: took(1200, 900) } }),
    ])
    expect({ exitCode, tookMs: world.clock.ms - bornMs }).toEqual({ exitCode: EXIT.ok, tookMs: 1200 })
    expect(terminal.stdout).toEqual(['Plane "local" is Ready.'])
    expect(terminal.stderr).toEqual([
      'Plane "local" is being made (process backend).',
      '  ✓ services  ready         0.3 s',
      '  … network   doing         0.1 s',
      '  ✓ network   ready         0.9 s',
      'That took 1.2 s.',
    ])
  })

  test('is still pending when the time is over', async () => {
    const terminal = fakeTerminal()
    expect(await runCli(CREATE, world, terminal)).toBe(EXIT.pending)
    expect(terminal.stderr.at(-2)).toBe('Error: Plane "local" is still Pending, not Ready, after 1 min; it goes on.')
  })
})
