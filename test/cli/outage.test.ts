import { beforeEach, describe, expect, test } from 'vitest'
import { EXIT } from '../../clients/cli/exit.ts'
import type { RemoteInvocation as Invocation } from '../../clients/cli/run.ts'
import { Unreachable } from '../../shared/api/errors.ts'
import { engineWrites, worldOfAda } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { runCli } from '../fakes/cli.ts'
import { fakeTerminal } from '../fakes/terminal.ts'

const ALL = { json: false, watch: true, all: false } as const
const FOLLOW: Invocation = {
  verb: 'logs',
  options: { plane: 'local', name: 'ada', json: false, follow: true, sinceMs: 3_600_000 },
}
const WATCH: Invocation = { verb: 'status', options: ALL }

let world: CommandWorld
let isOut: boolean

beforeEach(async () => {
  world = await worldOfAda()
  isOut = false
})

const reached = async (): Promise<void> => {
  if (isOut) throw new Unreachable('http://x', 'Could not reach the API at http://x: nobody answers.')
}

/** Runs a command line, and between its looks what happens during each pause. Gives the pauses, in seconds, too. */
async function run(invocation: Invocation, pauses: readonly ((interrupt: () => void) => unknown)[]) {
  const { readLogs, listPlanes } = world.api
  const api = {
    ...world.api,
    readLogs: async (input: Parameters<typeof readLogs>[0]) => reached().then(() => readLogs(input)),
    listPlanes: async () => reached().then(() => listPlanes({})),
  }
  const terminal = fakeTerminal()
  const pausedS: number[] = []
  let lastMs = world.clock.ms
  const naps = pauses.map((pause) => (interrupt: () => void) => {
    pausedS.push((world.clock.ms - lastMs) / 1000)
    lastMs = world.clock.ms
    return pause(interrupt)
  })
  const exitCode = await runCli(invocation, { ...world, api }, terminal, naps)
  return { exitCode, pausedS, out: terminal.stdout, err: terminal.stderr }
}

const nothing = (): void => undefined
const fails = (): void => {
  isOut = true
}
const recovers = (): void => {
  isOut = false
}
const logs = (text: string) => () => world.lines.push({ atMs: world.clock.ms, severity: 'info', text })
const degrades = () => engineWrites(world, 'ada', { phase: 'Degraded' })
const ends = (interrupt: () => void): void => interrupt()

const TOLD = 'Could not reach the API at http://x: nobody answers. It is tried again until Ctrl-C.'

describe('logs --follow', () => {
  test('asks less often while nothing comes', async () => {
    const { exitCode, pausedS, out } = await run(FOLLOW, [...Array(5).fill(nothing), logs('late'), nothing, ends])
    expect({ exitCode, pausedS }).toEqual({ exitCode: EXIT.ok, pausedS: [2, 4, 8, 10, 10, 10, 1, 2] })
    expect(out).toEqual([expect.stringContaining('late')])
  })

  test('outlives an outage of any length, asks ever less often, and tells of it once', async () => {
    const outage = [fails, ...Array(8).fill(nothing), recovers]
    const { exitCode, pausedS, out, err } = await run(FOLLOW, [...outage, logs('after it'), ends])
    expect({ exitCode, pausedS, err }).toEqual({
      exitCode: EXIT.ok,
      pausedS: [2, 1, 2, 4, 8, 10, 10, 10, 10, 10, 4, 1],
      err: [TOLD],
    })
    expect(out).toEqual([expect.stringContaining('after it')])
  })
})

describe('status --watch', () => {
  test('outlives an outage of any length, and tells of it once', async () => {
    const outage = [fails, ...Array(8).fill(nothing), recovers]
    const { exitCode, out, err } = await run(WATCH, [...outage, degrades, ends])
    expect({ exitCode, err }).toEqual({ exitCode: EXIT.ok, err: [TOLD] })
    expect(out.filter((line) => line.startsWith('ada  '))).toEqual([
      expect.stringContaining('Ready'),
      expect.stringContaining('Degraded'),
    ])
  })
})

test.each([
  ['logs --follow', FOLLOW],
  ['status --watch', WATCH],
])('%s ends at once where nobody has ever answered', async (_, invocation) => {
  fails()
  const { exitCode, pausedS, err } = await run(invocation, [nothing])
  expect({ exitCode, pausedS, first: err[0] }).toEqual({
    exitCode: EXIT.failure,
    pausedS: [],
    first: 'Error: Could not reach the API at http://x: nobody answers.',
  })
})
