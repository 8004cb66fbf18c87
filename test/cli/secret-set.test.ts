import { beforeEach, describe, expect, test } from 'vitest'
import { EXIT } from '../../clients/cli/exit.ts'
import type { Ran, RunProgram } from '../../clients/cli/run-program.ts'
import type { RemoteInvocation as Invocation } from '../../clients/cli/run.ts'
import { apiClient } from '../../shared/api/client.ts'
import type { ApiClient } from '../../shared/api/client.ts'
import { simulatedVault } from '../../shared/gcp/people.ts'
import { runCli } from '../fakes/cli.ts'
import { ADA, TOKEN, outage } from '../fakes/commands.ts'
import { ownersPlane } from '../fakes/owners-plane.ts'
import type { OwnersPlane } from '../fakes/owners-plane.ts'
import { fakeTerminal } from '../fakes/terminal.ts'
import type { Person } from '../fakes/terminal.ts'

const CANARY = 'canary-5b1c-value-of-a-secret'
const MODEL = { provider: 'openai', name: 'gpt-5' } as const
const SECRET = /^ap-[a-z2-7]{10}-[a-z2-7]{10}-notes$/
const UPDATE = 'planes update-agent --plane local --name ada --model openai/gpt-5 --model-key notes'

let plane: OwnersPlane

beforeEach(async () => {
  plane = await ownersPlane()
})

const apiUnder = (key: string): ApiClient =>
  apiClient({ url: 'http://127.0.0.1', token: TOKEN, fetch: (request) => plane.handle(request), key })

type Call = { readonly program: string; readonly args: readonly string[]; readonly input: string | undefined }

const over = (code: number, stderr = ''): Ran => ({ is: 'over', code, stderr })
const complaint = (text: string): Ran => over(1, `ERROR: (gcloud.secrets.versions.add) ${text}\nmore of it\n`)
const SIGNED_OUT = over(
  1,
  'ERROR: (gcloud.auth.print-access-token) You have no account.\nPlease run:\n\n  $ gcloud auth login\n',
)

const STOPPED: Ran = { is: 'over', code: null, stderr: 'The operation was aborted' }

/** Programs of this computer: somebody is signed in to gcloud, and it answers so, one try after another. */
function gcloud(...answers: readonly Ran[]): { readonly calls: Call[]; readonly runProgram: RunProgram } {
  const calls: Call[] = []
  const left = [...answers]
  const runProgram: RunProgram = async (program, args, input) => {
    calls.push({ program, args, input })
    return args[0] === 'auth' ? over(0) : (left.shift() ?? over(0))
  }
  return { calls, runProgram }
}

const without =
  (ran: Ran): RunProgram =>
  async () =>
    ran

type Wanted = { readonly model?: typeof MODEL; readonly json?: boolean; readonly dryRun?: boolean }

async function set(runProgram: RunProgram, wanted: Wanted = {}, person: Person = { input: `${CANARY}\n` }) {
  const options = { plane: 'local', name: 'ada', key: 'notes', json: false, timeoutMs: 30_000, ...wanted }
  const invocation: Invocation = { verb: 'secret set', options }
  const terminal = fakeTerminal(person)
  const clients = { api: apiUnder('first-wish'), next: apiUnder('second-wish') }
  const exitCode = await runCli(invocation, { ...plane.world, ...clients }, terminal, [], runProgram)
  return { exitCode, out: terminal.stdout.join('\n'), err: terminal.stderr.join('\n'), questions: terminal.questions }
}

describe('planes secret set on Google Cloud', () => {
  test('names the secret and has gcloud add the value, which is on its standard input and nowhere else', async () => {
    const { calls, runProgram } = gcloud()
    const { exitCode, out, err } = await set(runProgram)
    expect({ exitCode, out }).toEqual({ exitCode: EXIT.ok, out: 'Secret "notes" of agent "ada" is set.' })
    const [check, add] = calls
    expect(check).toEqual({
      program: 'gcloud',
      args: ['auth', 'print-access-token', '--format=none', '--quiet'],
      input: undefined,
    })
    const name = expect.stringMatching(SECRET)
    const to = [name, `--project=${plane.place.project}`, '--data-file=-', '--quiet', '--no-log-http']
    expect(add).toEqual({ program: 'gcloud', args: ['secrets', 'versions', 'add', ...to], input: CANARY })
    expect(calls).toHaveLength(2)
    expect((await plane.spec())?.secrets).toEqual(['notes'])
    expect(out + err + JSON.stringify(calls.map(({ args }) => args)) + plane.kept()).not.toContain(CANARY)
  })

  test('sets the model after the value, as its owner, with an entry of its own', async () => {
    const seen: unknown[] = []
    const { runProgram } = gcloud()
    const watched: RunProgram = async (...call) => {
      seen.push((await plane.spec())?.model)
      return runProgram(...call)
    }
    const { exitCode, out } = await set(watched, { model: MODEL })
    expect({ exitCode, out }).toEqual({
      exitCode: EXIT.ok,
      out: 'Secret "notes" of agent "ada" is set. It is the key of openai/gpt-5 now.',
    })
    expect(seen).toEqual([undefined, undefined])
    expect((await plane.spec())?.model).toEqual({ ...MODEL, apiKeySecret: 'notes' })
    const done = plane.world.trail.map(({ entry }) => [entry.actor, entry.action])
    expect(done.slice(-2)).toEqual([
      [ADA.owner, 'secret-set'],
      [ADA.owner, 'update-agent'],
    ])
  })

  test('asks a person once it is known that gcloud can act', async () => {
    const { calls, runProgram } = gcloud()
    const { exitCode, questions } = await set(runProgram, {}, { answer: CANARY })
    expect({ exitCode, questions }).toEqual({ exitCode: EXIT.ok, questions: ['Value of "notes" (not shown): '] })
    expect(calls.at(-1)?.input).toBe(CANARY)
  })

  test('waits while the secret is still being made and the right to it is on its way', async () => {
    const { calls, runProgram } = gcloud(complaint('NOT_FOUND: Secret'), complaint('PERMISSION_DENIED: no'))
    expect(await set(runProgram, { model: MODEL })).toMatchObject({ exitCode: EXIT.ok })
    expect(calls.filter(({ args }) => args[0] === 'secrets')).toHaveLength(3)
  })

  test('gives up in the time that was given, names who alone may, and sets no model', async () => {
    const startMs = plane.world.clock.ms
    const denied = Array.from({ length: 100 }, () => complaint("PERMISSION_DENIED: Permission denied for 'it'"))
    const { exitCode, out, err } = await set(gcloud(...denied).runProgram, { model: MODEL })
    expect({ exitCode, out, tookMs: plane.world.clock.ms - startMs }).toEqual({
      exitCode: EXIT.failure,
      out: '',
      tookMs: 30_000,
    })
    expect(err).toMatch(/^Error: gcloud could not add a value to secret ap-\S+-notes of project \S+: PERMISSION_DENIED/)
    expect(err).toContain('Are you signed in to gcloud as ada@example.com, who alone may add one?')
    expect(err).not.toMatch(/more of it|canary/)
    expect((await plane.spec())?.model).toBe(undefined)
  })

  test.each<[string, Ran, number, string]>([
    ['what passes not by itself', complaint('INVALID_ARGUMENT: odd'), EXIT.failure, 'odd'],
    [
      'a sign-in that is over',
      complaint('Reauthentication failed. $ gcloud auth login'),
      EXIT.signInNeeded,
      'Sign in: ',
    ],
    ['a program that is gone by then', { is: 'missing' }, EXIT.failure, 'not found'],
    ['one that was stopped', STOPPED, EXIT.failure, 'aborted'],
  ])('tries once at %s', async (_, ran, exitCode, text) => {
    const { calls, runProgram } = gcloud(ran)
    expect(await set(runProgram, { model: MODEL })).toMatchObject({ exitCode, err: expect.stringContaining(text) })
    expect(calls.filter(({ args }) => args[0] === 'secrets')).toHaveLength(1)
    expect((await plane.spec())?.model).toBe(undefined)
  })

  test.each<[string, Ran, number, string]>([
    ['where there is no gcloud', { is: 'missing' }, EXIT.failure, 'Install it'],
    ['where nobody is signed in to it', SIGNED_OUT, EXIT.signInNeeded, 'Sign in: gcloud auth login'],
    ['where it stands still', STOPPED, EXIT.failure, 'gcloud did not answer within a minute.'],
  ])('%s asks for no value, and says what its owner runs, and then for the model', async (_, ran, exitCode, fix) => {
    const result = await set(without(ran), { model: MODEL }, { answer: CANARY })
    expect(result).toMatchObject({ exitCode, questions: [], err: expect.stringContaining(fix) })
    const lines = result.out.split('\n')
    expect(lines[0]).toBe('Secret "notes" of agent "ada" is named; it has no new value yet.')
    expect(lines[2]).toMatch(
      /^ {2}printf %s "\$VALUE" \| gcloud secrets versions add ap-\S+-notes --project=\S+ --data-file=-$/,
    )
    expect(lines[4]).toBe(`  ${UPDATE}`)
    expect(result.out).not.toMatch(/ now\.|is set/)
    expect(await plane.spec()).toMatchObject({ secrets: ['notes'] })
    expect((await plane.spec())?.model).toBe(undefined)
  })

  test('runs no gcloud for a plane on a cloud that only acts like Google', async () => {
    plane = await ownersPlane(simulatedVault)
    const { calls, runProgram } = gcloud()
    const { exitCode, out, err } = await set(runProgram, { model: MODEL })
    expect({ exitCode, calls }).toEqual({ exitCode: EXIT.failure, calls: [] })
    expect(out).toContain(UPDATE)
    expect(err).toContain('is not Google')
  })

  test('in JSON has only the commands that are left to be run', async () => {
    const left = JSON.parse((await set(without({ is: 'missing' }), { model: MODEL, json: true })).out)
    expect(left).toMatchObject({ version: 1, next: UPDATE, agent: { name: 'ada' } })
    expect(left.command).toContain(left.place.secret)
    const done = JSON.parse((await set(gcloud().runProgram, { model: MODEL, json: true })).out)
    expect(done).toMatchObject({ version: 1, place: left.place, agent: { name: 'ada' } })
    expect(Object.keys(done).toSorted()).toEqual(['agent', 'place', 'version'])
  })

  test('says what sets the model when the value is there and the plane cannot be reached', async () => {
    const { runProgram } = gcloud()
    const cut: RunProgram = async (program, args, input) => {
      if (args[0] === 'secrets') outage(plane.world)
      return runProgram(program, args, input)
    }
    const { exitCode, out, err } = await set(cut, { model: MODEL })
    expect({ exitCode, out }).toEqual({ exitCode: EXIT.failure, out: '' })
    expect(err).toContain(`Its value is set, its model is not. To set that: ${UPDATE}`)
  })

  test('as a dry run runs nothing, and says what would follow', async () => {
    const { calls, runProgram } = gcloud()
    const { exitCode, out } = await set(runProgram, { model: MODEL, dryRun: true })
    expect(exitCode).toBe(EXIT.ok)
    expect(out).toContain(`Once its value is set: ${UPDATE}`)
    expect(calls).toEqual([])
  })
})
