import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { Unreachable } from '../../shared/api/errors.ts'
import { CliError, EXIT } from '../../clients/cli/exit.ts'
import { hasEmulators } from '../../clients/cli/installed-emulators.ts'
import { personOf } from '../../clients/cli/person-of.ts'
import { report } from '../../clients/cli/report.ts'
import { fakeTerminal } from '../fakes/terminal.ts'

const none = async (): Promise<undefined> => undefined

describe('emulators', () => {
  let home: string

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'ap-home-'))
    return () => rm(home, { recursive: true })
  })

  const BOTH = ['cloud-firestore-emulator-v1.19.8.jar', 'pubsub-emulator-0.8.14']

  test.each([
    [['.cache', 'agents-plane', 'emulators'], ''],
    [['.cache', 'firebase', 'emulators'], ''],
    [['elsewhere', 'agents-plane', 'emulators'], 'elsewhere'],
  ])('are found where they were downloaded to, %j', async (folder, cache) => {
    const env = cache === '' ? {} : { XDG_CACHE_HOME: join(home, cache) }
    expect(await hasEmulators(none, env, home)).toBe(false)
    await mkdir(join(home, ...folder, BOTH[0] ?? ''), { recursive: true })
    expect(await hasEmulators(none, env, home)).toBe(false)
    await mkdir(join(home, ...folder, BOTH[1] ?? ''))
    expect(await hasEmulators(none, env, home)).toBe(true)
  })

  test('are found in an installed Google Cloud SDK', async () => {
    const sdk = async (program: string): Promise<string | undefined> => (program === 'gcloud' ? `${home}\n` : undefined)
    expect(await hasEmulators(sdk, {}, home)).toBe(false)
    for (const name of ['cloud-firestore-emulator', 'pubsub-emulator'])
      await mkdir(join(home, 'platform', name), { recursive: true })
    expect(await hasEmulators(sdk, {}, home)).toBe(true)
    expect(await hasEmulators(none, {}, home)).toBe(false)
  })
})

describe('a token', () => {
  test('says whom it is of, if it does', () => {
    const claims = Buffer.from(JSON.stringify({ email: 'ada@acme.com' })).toString('base64url')
    expect(personOf(`e30.${claims}.`)).toBe('ada@acme.com')
    expect(personOf('e30.e30.')).toBeUndefined()
    expect(personOf('local-token')).toBeUndefined()
  })
})

describe('an error', () => {
  const located = { url: 'https://x', token: 't', signIn: 'Sign in again.', reach: 'Is the address right?' }
  const told = (error: unknown, telling = {}) => {
    const terminal = fakeTerminal()
    const exitCode = report(error, terminal, { json: false, located, ...telling })
    return { exitCode, err: terminal.stderr, out: terminal.stdout }
  }

  test('is told without its origin, which --debug shows', () => {
    const error = new TypeError('x is not a function', { cause: new Error('because') })
    const { exitCode, err } = told(error)
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: ['Error: Something unexpected happened: x is not a function', 'Add --debug to see where it comes from.'],
    })
    const shown = told(error, { debug: true }).err.join('\n')
    expect(shown).toMatch(/TypeError: x is not a function\n\s+at /)
    expect(shown).toContain('caused by\nError: because')
  })

  test('of an installation out of reach says what to look at', () => {
    expect(told(new Unreachable('https://x', 'Could not reach it.')).err).toEqual([
      'Error: Could not reach it.',
      'Is the address right?',
    ])
  })

  test('as JSON is one document', () => {
    const { out, exitCode } = told(new CliError(EXIT.pending, 'It goes on.', 'Look.'), { json: true })
    expect(exitCode).toBe(8)
    expect(JSON.parse(out.join(''))).toEqual({
      version: 1,
      error: { code: 'Pending', message: 'It goes on.', suggestion: 'Look.' },
    })
  })
})
