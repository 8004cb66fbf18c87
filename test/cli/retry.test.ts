import { beforeEach, describe, expect, test } from 'vitest'
import { EXIT } from '../../clients/cli/exit.ts'
import type { RemoteInvocation as Invocation } from '../../clients/cli/run.ts'
import type { AgentStatus, StepStatus } from '../../shared/documents/status.ts'
import { ADA, PLANE, commandWorld, engineWrites, engineWritesPlane } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { runCli } from '../fakes/cli.ts'
import type { Nap } from '../fakes/cli.ts'
import { fakeTerminal } from '../fakes/terminal.ts'

const RETRY = { plane: 'local', name: 'ada', json: false, timeoutMs: 60_000 } as const
const ONCE: Invocation = { verb: 'retry', options: { ...RETRY, wait: false } }
const WAIT: Invocation = { verb: 'retry', options: { ...RETRY, wait: true } }

let world: CommandWorld
let bornMs: number

beforeEach(async () => {
  world = commandWorld()
  await world.api.createPlane(PLANE)
  await world.api.addAgent(ADA)
  bornMs = world.clock.ms
})

const engine =
  (changes: Partial<AgentStatus>): Nap =>
  () =>
    engineWrites(world, 'ada', changes)

/** A step's record, its time counted from the agent's birth. */
const step = (state: StepStatus['state'], afterMs: number): StepStatus => ({
  state,
  attempt: 1,
  retry: 0,
  sinceMs: bornMs + afterMs,
})

const broken = (afterMs: number): Partial<AgentStatus> => ({
  phase: 'Failed',
  steps: { machine: { ...step('failed', afterMs), reason: 'Broken', message: 'it broke' } },
})

async function planes(invocation: Invocation, naps: readonly Nap[] = []) {
  const terminal = fakeTerminal()
  const exitCode = await runCli(invocation, world, terminal, naps)
  return { exitCode, out: terminal.stdout, err: terminal.stderr }
}

describe('planes retry', () => {
  test('says that it is asked for; said again, that it was', async () => {
    await engineWrites(world, 'ada', broken(0))
    expect(await planes(ONCE)).toMatchObject({ exitCode: EXIT.ok, out: ['Agent "ada" is being retried.'] })
    expect(await planes(ONCE)).toMatchObject({ exitCode: EXIT.ok, out: ['Agent "ada" is about to be retried.'] })
  })

  test('of what has not failed fails, and says so', async () => {
    await engineWrites(world, 'ada')
    expect(await planes(ONCE)).toMatchObject({
      exitCode: EXIT.failure,
      err: [
        'Error: Agent "ada" is Ready and no step of it has failed: there is nothing to retry.',
        'A step that waits is tried again by itself. See: planes status',
      ],
    })
  })
})

describe('planes retry --wait', () => {
  test('does not take the failure it is to cure for a new one', async () => {
    await engineWrites(world, 'ada', broken(0))
    const ready = { ...step('ready', 1200), tookMs: 400 }
    const result = await planes(WAIT, [
      () => undefined,
      engine({ phase: 'Provisioning', steps: { machine: step('doing', 800) } }),
      engine({ phase: 'Ready', steps: { machine: ready } }),
    ])
    expect(result).toEqual({
      exitCode: EXIT.ok,
      out: ['Agent "ada" is Ready.'],
      err: [
        'Agent "ada" is being retried.',
        '  ✗ machine   failed        0.0 s  Broken: it broke',
        '  … machine   doing         0.0 s',
        '  ✓ machine   ready         0.4 s',
        'That took 1.2 s.',
      ],
    })
  })

  test('fails when it fails again', async () => {
    await engineWrites(world, 'ada', broken(0))
    const { exitCode, err } = await planes(WAIT, [engine(broken(500))])
    expect(exitCode).toBe(EXIT.failure)
    expect(err.at(-2)).toBe('Error: Agent "ada" is Failed: step machine failed: Broken: it broke')
  })

  test('of an agent that is to be stopped ends once it is', async () => {
    await world.specs.updateAgent('local', 'ada', { desiredState: 'stopped' })
    await engineWrites(world, 'ada', { ...broken(0), target: 'parked' })
    const stopped = engine({ phase: 'Stopped', target: 'parked' })
    expect(await planes(WAIT, [stopped])).toMatchObject({ exitCode: EXIT.ok, out: ['Agent "ada" is Stopped.'] })
  })

  test('of a plane follows the steps of the plane', async () => {
    await engineWritesPlane(world, { phase: 'Failed', steps: { services: step('failed', 0) } })
    const ready = { ...step('ready', 600), tookMs: 100 }
    const stands: Nap = () => engineWritesPlane(world, { phase: 'Ready', steps: { services: ready } })
    const options = { plane: 'local', json: false, wait: true, timeoutMs: 60_000 }
    const result = await planes({ verb: 'retry', options }, [() => undefined, stands])
    expect(result).toMatchObject({ exitCode: EXIT.ok, out: ['Plane "local" is Ready.'] })
    expect(result.err).toContain('  ✓ services  ready         0.1 s')
  })
})
