import { randomUUID } from 'node:crypto'
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { locateApi } from '../../clients/cli/locate-context.ts'
import { loginsFolder } from '../../clients/cli/logins.ts'
import { addContext, removeContext } from '../../clients/cli/verbs/context.ts'
import { login, logout } from '../../clients/cli/verbs/login.ts'
import { LOGIN, failure, signingIn } from './signing-in.ts'
import type { SigningIn } from './signing-in.ts'

let at: SigningIn

beforeEach(async () => {
  at = await signingIn()
  return () => at.stop()
})

const token = async (): Promise<string> => (await locateApi({ cwd: at.folder }, at.here())).token

describe('a context to sign in to', () => {
  const signIn = { suggestion: 'Sign in: planes login --context acme' }

  test('says who is not signed in how to', async () => {
    const message = 'You are not signed in to context "acme".'
    expect(await failure(token())).toMatchObject({ exitCode: 4, message, ...signIn })
    await login(LOGIN, at.here())
    await at.logins.write('acme', { clientId: 'another', refreshToken: 'x' })
    expect(await failure(token())).toMatchObject({ exitCode: 4, message, ...signIn })
  })

  test('says that a sign-in has ended', async () => {
    await login(LOGIN, at.here())
    at.server.refreshTokens.clear()
    const message = 'You are no longer signed in to context "acme".'
    expect(await failure(token())).toMatchObject({ exitCode: 4, message, ...signIn })
  })

  test('does not take an outage for an end', async () => {
    await login(LOGIN, at.here())
    const { token_uri: uri } = (
      JSON.parse(await readFile(at.server.clientFile, 'utf8')) as { installed: { token_uri: string } }
    ).installed
    const copy = join(at.folder, 'copy.json')
    await writeFile(copy, await readFile(at.server.clientFile))
    await addContext({ name: 'acme', url: 'https://planes.acme.com', clientFile: copy, json: false }, at.here())
    await at.server.stop()
    const message = `Could not reach ${new URL(uri).host} to sign in.`
    const suggestion = 'Try again. If that does not help: planes login --context acme'
    expect(await failure(token())).toMatchObject({ exitCode: 1, message, suggestion })
  })
})

describe('planes logout', () => {
  test('forgets who signed in, here and where they did', async () => {
    await login(LOGIN, at.here())
    const with_ = at.here()
    expect(await logout({ json: false }, with_)).toBe(0)
    expect([with_.terminal.stdout, with_.terminal.stderr]).toEqual([['Signed out of context "acme".'], []])
    expect([await at.logins.read('acme'), at.server.refreshTokens.size]).toEqual([undefined, 0])
    const again = at.here()
    expect(await logout({ json: false }, again)).toBe(0)
    expect(again.terminal.stdout).toEqual(['Nobody was signed in to context "acme".'])
  })

  test('forgets here what cannot be ended there, and says where it can', async () => {
    await login(LOGIN, at.here())
    at.server.isBroken = true
    const with_ = at.here()
    expect(await logout({ json: false }, with_)).toBe(0)
    expect(with_.terminal.stderr).toEqual([
      expect.stringMatching(
        /^The earlier sign-in could not be ended where it was made \(127\.0\.0\.1:\d+ answered 503\)\.$/,
      ),
      'That can be done at https://myaccount.google.com/connections',
    ])
    expect(await at.logins.read('acme')).toBeUndefined()
  })

  test('says nothing of what has ended there already', async () => {
    await login(LOGIN, at.here())
    at.server.refreshTokens.clear()
    const with_ = at.here()
    expect(await logout({ json: false }, with_)).toBe(0)
    expect([with_.terminal.stderr, await at.logins.read('acme')]).toEqual([[], undefined])
  })

  test('forgets what was being written when the computer crashed', async () => {
    await login(LOGIN, at.here())
    const left = (name: string) => writeFile(join(at.folder, 'logins', `${name}.json.${randomUUID()}.tmp`), 'a token')
    await Promise.all([left('acme'), left('acme.json.x')])
    await logout({ json: false }, at.here())
    expect(await readdir(join(at.folder, 'logins'))).toEqual([expect.stringMatching(/^acme\.json\.x\./)])
  })

  test('is part of forgetting a context', async () => {
    await login(LOGIN, at.here())
    const with_ = at.here()
    await removeContext({ name: 'acme', json: false }, with_)
    expect([await at.logins.read('acme'), at.server.refreshTokens.size]).toEqual([undefined, 0])
    expect([with_.terminal.stdout, with_.terminal.stderr]).toEqual([['Context "acme" is forgotten.'], []])
  })

  test('is part of putting another context in its place', async () => {
    await login(LOGIN, at.here())
    const { clientFile } = at.server
    const add = (url: string) => addContext({ name: 'acme', url, clientFile, json: false }, at.here())
    await add('https://planes.acme.com')
    expect([await at.logins.read('acme'), at.server.refreshTokens.size]).toEqual([expect.anything(), 1])
    await add('https://another.com')
    expect([await at.logins.read('acme'), at.server.refreshTokens.size]).toEqual([undefined, 0])
  })

  test('tells no server of what was signed in to elsewhere', async () => {
    at.server.refreshTokens.add('of another')
    await at.logins.write('acme', { clientId: 'another', refreshToken: 'of another' })
    const with_ = at.here()
    await logout({ json: false }, with_)
    expect([await at.logins.read('acme'), at.server.refreshTokens.size]).toEqual([undefined, 1])
    expect(with_.terminal.stderr[0]).toBe(
      'The earlier sign-in could not be ended where it was made (the context names another client).',
    )
  })
})

test('a login that cannot be kept leaves nothing behind', async () => {
  await mkdir(join(at.folder, 'logins', 'acme.json'), { recursive: true })
  await expect(at.logins.write('acme', { clientId: 'x', refreshToken: 'y' })).rejects.toThrow('EISDIR')
  expect(await readdir(join(at.folder, 'logins'))).toEqual(['acme.json'])
})

test('a login is kept where state goes, whatever the context is called', async () => {
  expect(loginsFolder({ XDG_STATE_HOME: '/s' }, '/home/ada')).toBe('/s/agents-plane/logins')
  expect(loginsFolder({}, '/home/ada')).toBe('/home/ada/.local/state/agents-plane/logins')
  await at.logins.write('../evil', { clientId: 'x', refreshToken: 'y' })
  expect(await at.logins.read('../evil')).toMatchObject({ refreshToken: 'y' })
  await expect(stat(join(at.folder, 'logins', '..%2Fevil.json'))).resolves.toMatchObject({})
})
