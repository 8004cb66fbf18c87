import { beforeEach, describe, expect, test } from 'vitest'
import { EXIT } from '../../clients/cli/exit.ts'
import type { RemoteInvocation as Invocation } from '../../clients/cli/run.ts'
import type { AgentStatus, StepStatus } from '../../shared/documents/status.ts'
import { ADA, PLANE, commandWorld, engineWrites, outage } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { runCli } from '../fakes/cli.ts'
import type { Nap } from '../fakes/cli.ts'
import { fakeTerminal } from '../fakes/terminal.ts'

const WAIT = { json: false, wait: true, timeoutMs: 60_000 } as const
const ADD: Invocation = { verb: 'add-agent', options: { ...WAIT, fields: ADA } }
const REMOVE: Invocation = {
  verb: 'remove-agent',
  options: { plane: 'local', name: 'ada', json: false, purge: true, yes: true, wait: true, timeoutMs: 60_000 },
}

let world: CommandWorld
let bornMs: number

beforeEach(async () => {
  world = commandWorld()
  await world.api.createPlane(PLANE)
  bornMs = world.clock.ms
})

const engine =
  (changes: Partial<AgentStatus>): Nap =>
  () =>
    engineWrites(world, 'ada', changes)

/** A step's record, its time counted from the agent's birth. */
const step = (state: StepStatus['state'], afterMs: number, reason?: string): StepStatus => ({
  state,
  attempt: 1,
  sinceMs: bornMs + afterMs,
  ...(reason === undefined ? {} : { reason, message: `${reason}, in words` }),
})

/** The record of a step that is over, and how long it took. */
const took = (state: StepStatus['state'], afterMs: number, tookMs: number): StepStatus => ({
  ...step(state, afterMs),
  tookMs,
})

const isSo = (reason: string, message: string) => ({ status: 'True', reason, message, sinceMs: 0 }) as const

describe('add-agent --wait', () => {
  test('prints a line for each change, with how long each step took', async () => {
    const terminal = fakeTerminal()
    const exitCode = await runCli(ADD, world, terminal, [
      engine({ phase: 'Provisioning', steps: { identity: took('ready', 150, 100), machine: step('doing', 300) } }),
      engine({
        phase: 'Provisioning',
        steps: { identity: took('ready', 150, 100), machine: step('waiting', 300, 'Starting') },
      }),
      engine({
        phase: 'Provisioning',
        steps: { identity: took('ready', 150, 100), machine: step('waiting', 300, 'Starting') },
      }),
      engine({
        phase: 'Ready',
        steps: {
          identity: took('ready', 150, 100),
          machine: took('ready', 1800, 1500),
          runtime: took('ready', 2300, 500),
        },
      }),
    ])
    expect(exitCode).toBe(EXIT.ok)
    expect(terminal.stderr).toEqual([
      'Added agent "ada" to plane "local".',
      '  ✓ identity  ready         0.1 s',
      '  … machine   doing         0.1 s',
      '  … machine   waiting       0.5 s  Starting: Starting, in words',
      '  ✓ machine   ready         1.5 s',
      '  ✓ runtime   ready         0.5 s',
      'That took 1.6 s.',
      'Open it: planes open --plane local --name ada',
      expect.stringContaining('It answers with the demo model.'),
    ])
    expect(terminal.stdout).toEqual(['Agent "ada" is Ready.'])
  })

  test('draws every step over and over on a live screen', async () => {
    const terminal = fakeTerminal({ live: true })
    await runCli(ADD, world, terminal, [engine({ phase: 'Ready', steps: { identity: step('ready', 100) } })])
    expect(terminal.pictures).toHaveLength(2)
    expect(terminal.pictures[0]?.[0]).toMatch(/^ {2}· identity {2}idle/)
    expect(terminal.pictures[1]?.[0]).toMatch(/^ {2}✓ identity {2}ready/)
  })

  test('of an agent that is Ready already ends at once', async () => {
    await world.api.addAgent(ADA)
    await engineWrites(world, 'ada')
    const terminal = fakeTerminal()
    expect(await runCli(ADD, world, terminal)).toBe(EXIT.ok)
    expect(terminal.stderr[0]).toBe('Agent "ada" is up to date.')
  })

  test('fails with the reason when a step does', async () => {
    const terminal = fakeTerminal()
    const failed = engine({ phase: 'Failed', steps: { machine: step('failed', 100, 'InstallFailed') } })
    expect(await runCli(ADD, world, terminal, [failed])).toBe(EXIT.failure)
    expect(terminal.stderr.slice(-2)).toEqual([
      'Error: Agent "ada" is Failed: step machine failed: InstallFailed: InstallFailed, in words',
      'See: planes status --plane local --name ada, and once that is put right: planes retry --plane local --name ada',
    ])
  })

  test('fails with the reason when the spec is refused', async () => {
    const terminal = fakeTerminal()
    const ChannelsReady = isSo('NoChannels', 'no channel is wanted')
    const SpecInvalid = isSo('PlaneClosing', 'the plane is closing')
    const failed = engine({ phase: 'Failed', conditions: { ChannelsReady, SpecInvalid } })
    expect(await runCli(ADD, world, terminal, [failed])).toBe(EXIT.failure)
    expect(terminal.stderr.at(-2)).toBe('Error: Agent "ada" is Failed: the plane is closing')
  })

  test('fails when somebody removes the agent meanwhile', async () => {
    const removal = async () => world.api.removeAgent({ plane: 'local', name: 'ada' })
    expect(await runCli(ADD, world, fakeTerminal(), [removal])).toBe(EXIT.failure)
  })

  test('is still pending when the time is over', async () => {
    const terminal = fakeTerminal()
    expect(await runCli(ADD, world, terminal)).toBe(EXIT.pending)
    expect(terminal.stderr.at(-2)).toMatch(/still Pending, not Ready, after 1 min; it goes on/)
  })

  test('outlives an outage of any length that ends before its time, and tells of it once', async () => {
    const terminal = fakeTerminal()
    const ends: (() => void)[] = []
    const recovers: Nap = async () => {
      ends[0]?.()
      await engineWrites(world, 'ada')
    }
    const patient: Invocation = { verb: 'add-agent', options: { ...WAIT, timeoutMs: 600_000, fields: ADA } }
    const naps = [() => ends.push(outage(world)), ...Array<Nap>(40).fill(() => undefined), recovers]
    expect(await runCli(patient, world, terminal, naps)).toBe(EXIT.ok)
    expect(terminal.stderr.filter((line) => line.endsWith(' It is tried again for 10 min.'))).toHaveLength(1)
    expect(world.clock.ms - bornMs).toBeGreaterThan(300_000)
  })

  test('is still pending when the time is over during an outage, and says that nobody can tell', async () => {
    const terminal = fakeTerminal()
    expect(await runCli(ADD, world, terminal, [() => outage(world)])).toBe(EXIT.pending)
    expect(world.clock.ms - bornMs).toBe(60_000)
    expect(terminal.stderr.slice(-2)).toEqual([
      expect.stringMatching(/^Error: .* Agent "ada" may be Ready by now; waiting ended after 1 min\.$/),
      'See: planes status --plane local --name ada',
    ])
  })

  test('is cancelled by Ctrl-C, and says that the work goes on', async () => {
    const terminal = fakeTerminal()
    expect(await runCli(ADD, world, terminal, [(interrupt) => interrupt()])).toBe(EXIT.cancelled)
    expect(terminal.stderr.at(-1)).toMatch(/^Stopped waiting; it goes on without you/)
  })
})

describe('remove-agent --wait', () => {
  test('follows the agent it removed to the end, past the spec and a namesake', async () => {
    await world.api.addAgent(ADA)
    const status = await engineWrites(world, 'ada')
    const terminal = fakeTerminal()
    const exitCode = await runCli(REMOVE, world, terminal, [
      engine({ target: 'absent', phase: 'Removing', steps: { machine: step('gone', 900), disk: step('held', 1000) } }),
      async () => {
        const gone = { machine: step('gone', 900), disk: step('gone', 1200) }
        world.statuses.set(status.uid, { ...status, target: 'absent', phase: 'Purged', steps: gone })
        world.stored.delete('planes/local/agents/ada')
        await world.api.addAgent(ADA)
      },
    ])
    expect(exitCode).toBe(EXIT.ok)
    expect(terminal.stdout).toEqual(['Agent "ada" is Purged.'])
    expect(terminal.stderr).toContain('  ✓ machine   gone')
  })

  test('without purge ends at Removed, and says until when the disk is kept', async () => {
    await world.api.addAgent(ADA)
    await engineWrites(world, 'ada')
    const terminal = fakeTerminal()
    const removed = engine({ target: 'absent', phase: 'Removed', purgeAtMs: Date.UTC(2026, 0, 9) })
    const plain: Invocation = { ...REMOVE, options: { ...REMOVE.options, purge: false } }
    expect(await runCli(plain, world, terminal, [removed])).toBe(EXIT.ok)
    expect(terminal.stdout).toEqual(['Agent "ada" is Removed. Its disk is kept until 2026-01-09T00:00:00.000Z.'])
  })
})
