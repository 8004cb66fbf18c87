import { beforeEach, describe, expect, test } from 'vitest'
import { EXIT } from '../../clients/cli/exit.ts'
import type { RemoteInvocation as Invocation } from '../../clients/cli/run.ts'
import { ADA, PLANE, commandWorld, engineWrites, namesake, outage } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { runCli } from '../fakes/cli.ts'
import { fakeTerminal } from '../fakes/terminal.ts'
import type { Person } from '../fakes/terminal.ts'

const ONE = { plane: 'local', name: 'ada', json: false } as const
const REMOVE = { ...ONE, purge: false, yes: false, wait: false, timeoutMs: 1000 } as const

let world: CommandWorld

beforeEach(async () => {
  world = commandWorld()
  await world.api.createPlane(PLANE)
  await world.api.addAgent(ADA)
})

async function planes(invocation: Invocation, person?: Person, terminal = fakeTerminal(person)) {
  const exitCode = await runCli(invocation, world, terminal)
  return { exitCode, ...terminal, out: terminal.stdout.join('\n'), err: terminal.stderr.join('\n') }
}

const removed = (): boolean => world.trail.some(({ entry }) => entry.action === 'remove-agent')

const stored = (): string[] => [...world.vault.values()]

const PATIENCE = { wait: false, timeoutMs: 60_000 } as const

describe('planes create', () => {
  test('says what was created; said again, that it is up to date', async () => {
    const fields = { ...PLANE, name: 'acme' }
    const create: Invocation = { verb: 'create', options: { json: false, ...PATIENCE, fields } }
    const made = 'Plane "acme" is being made (process backend).'
    expect(await planes(create)).toMatchObject({ exitCode: EXIT.ok, out: made })
    expect(await planes(create)).toMatchObject({ exitCode: EXIT.ok, out: 'Plane "acme" is up to date.' })
  })

  test('with other fields under the same name fails, and says which', async () => {
    const options = { json: false, ...PATIENCE, fields: { ...PLANE, region: 'europe-west1' } }
    const { exitCode, err } = await planes({ verb: 'create', options })
    expect(exitCode).toBe(EXIT.failure)
    expect(err).toBe(
      'Error: Plane "local" exists already, with another region.\nChoose another name, or give the same fields. To change it: planes update-plane',
    )
  })
})

describe('planes add-agent', () => {
  test('prints JSON on stdout and advice on stderr', async () => {
    const options = { json: true, wait: false, timeoutMs: 1000, fields: { ...ADA, name: 'bob' } }
    const { exitCode, out, err } = await planes({ verb: 'add-agent', options })
    expect(exitCode).toBe(EXIT.ok)
    expect(JSON.parse(out)).toMatchObject({ version: 1, upToDate: false, agent: { name: 'bob', phase: 'Pending' } })
    expect(err).toContain('planes status --plane local --watch')
  })

  test('tells which field is wrong', async () => {
    const options = { json: false, wait: false, timeoutMs: 1000, fields: { ...ADA, owner: 'allUsers' } }
    expect(await planes({ verb: 'add-agent', options })).toMatchObject({
      exitCode: EXIT.failure,
      out: '',
      err: 'Error: owner must be one person, not a group, a service account or everybody',
    })
  })
})

describe('planes remove-agent', () => {
  test('wants --yes where nobody can be asked', async () => {
    const { exitCode, err } = await planes({ verb: 'remove-agent', options: REMOVE })
    expect({ exitCode, removed: removed() }).toEqual({ exitCode: EXIT.failure, removed: false })
    expect(err).toContain('Add --yes')
  })

  test('wants the name typed where somebody can be', async () => {
    const { exitCode, questions } = await planes({ verb: 'remove-agent', options: REMOVE }, { answer: 'ada' })
    expect({ exitCode, removed: removed(), questions }).toEqual({
      exitCode: EXIT.ok,
      removed: true,
      questions: ['Type its name to confirm: '],
    })
  })

  test('says whose it is, and spares a namesake that is made while somebody types', async () => {
    const { uid } = await engineWrites(world, 'ada')
    const terminal = fakeTerminal({ answer: 'ada' })
    const slow = {
      ...terminal,
      ask: (question: string) => {
        namesake(world)
        return terminal.ask(question)
      },
    }
    const { exitCode, stderr } = await planes({ verb: 'remove-agent', options: REMOVE }, undefined, slow)
    expect({ exitCode, removed: removed() }).toEqual({ exitCode: EXIT.failure, removed: false })
    expect(stderr[0]).toContain(`This removes agent "ada" of ada@example.com (${uid}) from plane "local" for good.`)
    expect(stderr[1]).toContain('"ada" is another agent by now')
  })

  test.each(['', 'yes', 'Ada', 'ada2'])('is cancelled by the answer "%s"', async (answer) => {
    const { exitCode, err } = await planes({ verb: 'remove-agent', options: REMOVE }, { answer })
    expect({ exitCode, removed: removed() }).toEqual({ exitCode: EXIT.cancelled, removed: false })
    expect(err).toContain('nothing was removed')
  })

  test('asks nothing with --yes', async () => {
    const invocation: Invocation = { verb: 'remove-agent', options: { ...REMOVE, yes: true } }
    expect(await planes(invocation, { answer: '' })).toMatchObject({ exitCode: EXIT.ok, questions: [] })
    expect(await planes(invocation)).toMatchObject({ out: 'Agent "ada" is removed already, or about to be.' })
  })
})

describe('planes secret set', () => {
  const SET: Invocation = { verb: 'secret set', options: { ...ONE, key: 'openai-api-key', timeoutMs: 90_000 } }

  beforeEach(async () => {
    await engineWrites(world, 'ada')
  })

  test.each(['the value', 'the value\n', 'the value\r\n'])(
    'takes %j from standard input, without a line end',
    async (input) => {
      const result = await planes(SET, { input })
      expect(result).toMatchObject({ exitCode: EXIT.ok, out: 'Secret "openai-api-key" of agent "ada" is set.' })
      expect(stored()).toEqual(['the value'])
      expect(result.out + result.err).not.toContain('the value')
    },
  )

  test('asks a person, and shows nothing of the answer', async () => {
    const result = await planes(SET, { answer: 'typed value' })
    expect(result).toMatchObject({ exitCode: EXIT.ok, questions: ['Value of "openai-api-key" (not shown): '] })
    expect(stored()).toEqual(['typed value'])
    expect(result.out + result.err).not.toContain('typed value')
  })

  test('without a value fails, and says how to give one', async () => {
    const { exitCode, err } = await planes(SET, { input: '\n' })
    expect({ exitCode, stored: stored() }).toEqual({ exitCode: EXIT.failure, stored: [] })
    expect(err).toContain('Pipe it in')
  })

  test('waits until the place for it is made', async () => {
    world.slots.add('another')
    const terminal = fakeTerminal({ input: 'the value' })
    const make = (): unknown => world.slots.add('openai-api-key')
    expect(await runCli(SET, world, terminal, [() => undefined, make])).toBe(EXIT.ok)
    expect(stored()).toEqual(['the value'])
  })

  test('waits on over an outage', async () => {
    world.slots.add('another')
    const ends: (() => void)[] = []
    const naps = [
      () => ends.push(outage(world)),
      () => undefined,
      () => {
        ends[0]?.()
        world.slots.add('openai-api-key')
      },
    ]
    expect(await runCli(SET, world, fakeTerminal({ input: 'the value' }), naps)).toBe(EXIT.ok)
    expect(stored()).toEqual(['the value'])
  })

  test('gives up on a place that is not made in the time that was given', async () => {
    world.slots.add('another')
    const startMs = world.clock.ms
    const { exitCode, err } = await planes(SET, { input: 'the value' })
    expect({ exitCode, tookMs: world.clock.ms - startMs }).toEqual({ exitCode: EXIT.failure, tookMs: 90_000 })
    expect(err).toContain('still being made')
  })
})

describe('planes open', () => {
  test('prints the address and nothing else on stdout', async () => {
    const { uid } = await engineWrites(world, 'ada')
    const { exitCode, stdout, err } = await planes({ verb: 'open', options: ONE })
    expect({ exitCode, stdout }).toEqual({
      exitCode: EXIT.ok,
      stdout: [`http://127.0.0.1:18789/#token=secret-of-${uid}`],
    })
    expect(err).not.toContain('secret-of')
  })

  test('of an agent that is not there says which are', async () => {
    const { exitCode, err } = await planes({ verb: 'open', options: { ...ONE, name: 'eve' } })
    expect(exitCode).toBe(EXIT.failure)
    expect(err).toBe('Error: Plane "local" has no agent "eve".\nIt has: ada.')
  })
})
