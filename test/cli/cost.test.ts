import { beforeEach, expect, test } from 'vitest'
import { EXIT } from '../../clients/cli/exit.ts'
import { ADA, engineWrites, engineWritesPlane, worldOfAda } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { runCli } from '../fakes/cli.ts'
import { fakeTerminal } from '../fakes/terminal.ts'

const HOUR_MS = 3_600_000
const PINNED = { backend: 'vm', project: 'acme-project', region: 'us-east4', zone: 'us-east4-a' } as const

let world: CommandWorld

/** Two agents that somebody sends a bill for, made a hundred hours ago; one was stopped an hour after that. */
beforeEach(async () => {
  world = await worldOfAda()
  await engineWritesPlane(world)
  await world.api.addAgent({ ...ADA, name: 'bob' })
  const sinceMs = world.clock.ms + HOUR_MS
  await engineWrites(world, 'ada', { pinned: { owner: ADA.owner, ...PINNED } })
  await engineWrites(world, 'bob', {
    pinned: { owner: ADA.owner, ...PINNED },
    target: 'parked',
    steps: { machine: { state: 'ready', attempt: 0, sinceMs } },
  })
  world.clock.ms += 100 * HOUR_MS
})

async function cost(options: { readonly name?: string; readonly json?: boolean } = {}) {
  const terminal = fakeTerminal()
  const exitCode = await runCli({ verb: 'cost', options: { plane: 'local', json: false, ...options } }, world, terminal)
  return { exitCode, ...terminal }
}

// Each month of standing still is 3.30; an hour of running adds 0.0377 and, of two who share the way out, 0.0039.
test('cost says what there is so far this month, by what that was reckoned, and what a month comes to', async () => {
  const { exitCode, stdout, stderr } = await cost()
  expect(exitCode).toBe(EXIT.ok)
  expect(stdout).toEqual([
    expect.stringMatching(
      /^ada: about \$4\.62 so far this month, as if its machine had run all the time; about \$33\.69 a month, \$0\.0416 an/,
    ),
    expect.stringMatching(
      /^bob: about \$0\.49 so far this month, as if its machine had run until 2026-01-02T04:04:05\.000Z; about \$3\.30 a month/,
    ),
    'all: about $5.11 so far this month; about $36.99 a month',
  ])
  expect(stderr.join('\n')).toMatch(/estimates from a price list.*earlier stops are not on record/)
})

test('cost in JSON has the sums, and of each agent since when it was added up', async () => {
  const { stdout } = await cost({ json: true })
  const since = '2026-01-02T03:04:05.000Z'
  expect(JSON.parse(stdout.join('\n'))).toMatchObject({
    version: 1,
    usdSoFar: 5.11,
    usdPerMonth: 36.99,
    agents: [{ cost: { soFar: { usd: 4.62, since } } }, { cost: { soFar: { usd: 0.49, since } } }],
  })
})

test('one agent costs the same alone as among others', async () => {
  const { stdout } = await cost({ name: 'bob' })
  expect(stdout).toEqual([(await cost()).stdout[1]])
})
