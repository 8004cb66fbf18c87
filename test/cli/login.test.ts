import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jwtVerify } from 'jose'
import { beforeEach, describe, expect, test } from 'vitest'
import { contextStore } from '../../clients/cli/contexts.ts'
import type { ContextStore } from '../../clients/cli/contexts.ts'
import { locateApi } from '../../clients/cli/locate-context.ts'
import { loginStore, loginsFolder } from '../../clients/cli/logins.ts'
import type { LoginStore } from '../../clients/cli/logins.ts'
import { addContext, removeContext } from '../../clients/cli/verbs/context.ts'
import { login, logout } from '../../clients/cli/verbs/login.ts'
import { authorizationServer } from '../fakes/authorization-server.ts'
import type { AuthorizationServer } from '../fakes/authorization-server.ts'
import { fakeTerminal } from '../fakes/terminal.ts'

const LOGIN = { json: false, browser: true, timeoutMs: 30_000 } as const

let server: AuthorizationServer
let folder: string
let store: ContextStore
let logins: LoginStore
let interrupt: AbortController

beforeEach(async () => {
  server = await authorizationServer()
  folder = await mkdtemp(join(tmpdir(), 'ap-login-'))
  store = contextStore(join(folder, 'contexts.json'))
  logins = loginStore(join(folder, 'logins'))
  interrupt = new AbortController()
  await addContext({ name: 'acme', url: 'https://planes.acme.com', clientFile: server.clientFile, json: false }, here())
  return async () => {
    await server.stop().catch(() => undefined)
    await rm(folder, { recursive: true })
  }
})

type Browse = (address: string) => unknown

/** The browser of somebody who is signed in where people sign in. */
const person: Browse = (address) => fetch(address)

const here = (browse: Browse = person) => ({
  store,
  logins,
  terminal: fakeTerminal(),
  cwd: folder,
  signal: interrupt.signal,
  browse: (address: string): void => void browse(address),
})

const fileOfLogin = (): string => join(folder, 'logins', 'acme.json')

const token = async (): Promise<string> => (await locateApi({ cwd: folder }, here())).token

const failure = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error)

/** Where the browser is sent back to, and with what. */
async function sentBack(address: string): Promise<URL> {
  const { headers } = await fetch(address, { redirect: 'manual' })
  return new URL(headers.get('location') ?? '')
}

describe('planes login', () => {
  test('signs in with a browser, and keeps what gets tokens where nobody else may read it', async () => {
    const with_ = here()
    expect(await login(LOGIN, with_)).toBe(0)
    expect(with_.terminal.stdout).toEqual(['Signed in to context "acme" as ada@example.com.'])
    expect([(await stat(fileOfLogin())).mode & 0o777, (await stat(join(folder, 'logins'))).mode & 0o777]).toEqual([
      0o600, 0o700,
    ])
    const { payload } = await jwtVerify(await token(), server.publicKey, { audience: server.clientId })
    expect(payload['email']).toBe('ada@example.com')
    const [refreshToken = ''] = server.refreshTokens
    expect(await readFile(fileOfLogin(), 'utf8')).toContain(refreshToken)
    const shown = [...with_.terminal.stdout, ...with_.terminal.stderr, await readFile(store.path, 'utf8')].join('\n')
    expect(shown).not.toMatch(new RegExp(`${refreshToken}|not-confidential`))
  })

  test('without a browser prints the address only', async () => {
    const with_ = here((address) => expect.unreachable(address))
    const { err } = with_.terminal
    const atDesk = {
      ...with_.terminal,
      err: { ...err, line: (line: string) => void (line.startsWith('http') ? fetch(line) : err.line(line)) },
    }
    expect(await login({ ...LOGIN, browser: false }, { ...with_, terminal: atDesk })).toBe(0)
    expect(with_.terminal.stderr).toEqual(['Sign in at this address, on this machine:'])
  })

  test('heeds the answer to its own question alone', async () => {
    const answers: number[] = []
    const stranger: Browse = async (address) => {
      const back = await sentBack(address)
      const forged = new URL(back)
      forged.searchParams.set('state', 'x'.repeat(43))
      answers.push((await fetch(forged)).status, (await fetch(new URL('/favicon.ico', back))).status)
      answers.push((await fetch(back)).status)
    }
    expect(await login(LOGIN, here(stranger))).toBe(0)
    expect(answers).toEqual([404, 404, 200])
  })

  test('gets a code that is of no use to who cannot prove to have asked for it', async () => {
    const { installed } = JSON.parse(await readFile(server.clientFile, 'utf8')) as { installed: Record<string, string> }
    const thief: Browse = async (address) => {
      const back = await sentBack(address)
      const code = back.searchParams.get('code') ?? ''
      const { token_uri: uri = '', client_id = '', client_secret = '' } = installed
      const redirect_uri = new URL('/', back).href
      const body = new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri,
        client_id,
        client_secret,
      })
      body.set('code_verifier', 'x'.repeat(43))
      expect((await fetch(uri, { method: 'POST', body })).status).toBe(400)
      await fetch(back)
    }
    // The server takes a code that was shown twice, or with another proof, for stolen.
    expect(await failure(login(LOGIN, here(thief)))).toMatchObject({ exitCode: 4 })
    expect(await logins.read('acme')).toBeUndefined()
  })

  test('says so when the person refuses, or never comes', async () => {
    server.answer = 'no'
    expect(await failure(login(LOGIN, here()))).toMatchObject({
      exitCode: 4,
      message: 'Sign-in was refused: access_denied.',
      suggestion: 'Try again: planes login',
    })
    const late = login(
      { ...LOGIN, timeoutMs: 1 },
      here(() => undefined),
    )
    expect(await failure(late)).toMatchObject({ exitCode: 4, message: 'Nobody signed in within 0.0 s.' })
  })

  test('is cancelled by Ctrl-C', async () => {
    const waiting = login(
      LOGIN,
      here(() => interrupt.abort()),
    )
    expect(await failure(waiting)).toMatchObject({ exitCode: 2, message: 'Cancelled.' })
  })

  test('of a context without a client says how to name one', async () => {
    await writeFile(join(folder, 'token'), 't')
    await addContext({ name: 'other', url: 'https://other.com', tokenFile: 'token', json: false }, here())
    expect(await failure(login({ ...LOGIN, context: 'other' }, here()))).toMatchObject({
      exitCode: 1,
      message: 'Context "other" names no OAuth client to sign in with.',
      suggestion: 'Name one: planes context add NAME --url ADDRESS --client-file PATH',
    })
  })

  test.each([
    ['{"web":{"client_id":"x"}}'],
    ['{"installed":{"client_id":"x","auth_uri":"http://evil.com","token_uri":"https://x.com"}}'],
    ['no JSON'],
  ])('takes %s for no client', async (text) => {
    await writeFile(join(folder, 'client.json'), text)
    const add = addContext({ name: 'x', url: 'https://x.com', clientFile: 'client.json', json: false }, here())
    const message = `${join(folder, 'client.json')} is no file of an OAuth client for desktops.`
    expect(await failure(add)).toMatchObject({ exitCode: 1, message })
  })
})

describe('a context to sign in to', () => {
  const signIn = { suggestion: 'Sign in: planes login --context acme' }

  test('says who is not signed in how to', async () => {
    const message = 'You are not signed in to context "acme".'
    expect(await failure(token())).toMatchObject({ exitCode: 4, message, ...signIn })
    await login(LOGIN, here())
    await logins.write('acme', { clientId: 'another', refreshToken: 'x' })
    expect(await failure(token())).toMatchObject({ exitCode: 4, message, ...signIn })
  })

  test('says that a sign-in has ended', async () => {
    await login(LOGIN, here())
    server.refreshTokens.clear()
    const message = 'You are no longer signed in to context "acme".'
    expect(await failure(token())).toMatchObject({ exitCode: 4, message, ...signIn })
  })

  test('does not take an outage for an end', async () => {
    await login(LOGIN, here())
    const { token_uri: uri } = (
      JSON.parse(await readFile(server.clientFile, 'utf8')) as { installed: { token_uri: string } }
    ).installed
    const copy = join(folder, 'copy.json')
    await writeFile(copy, await readFile(server.clientFile))
    await addContext({ name: 'acme', url: 'https://planes.acme.com', clientFile: copy, json: false }, here())
    await server.stop()
    const message = `Could not reach ${new URL(uri).host} to sign in.`
    expect(await failure(token())).toMatchObject({ exitCode: 1, message })
  })
})

describe('planes logout', () => {
  test('forgets who signed in, here and where they did', async () => {
    await login(LOGIN, here())
    const with_ = here()
    expect(await logout({ json: false }, with_)).toBe(0)
    expect([with_.terminal.stdout, with_.terminal.stderr]).toEqual([['Signed out of context "acme".'], []])
    expect([await logins.read('acme'), server.refreshTokens.size]).toEqual([undefined, 0])
    const again = here()
    expect(await logout({ json: false }, again)).toBe(0)
    expect(again.terminal.stdout).toEqual(['Nobody was signed in to context "acme".'])
  })

  test('forgets here what cannot be ended there, and says where it can', async () => {
    await login(LOGIN, here())
    server.refreshTokens.clear()
    const with_ = here()
    expect(await logout({ json: false }, with_)).toBe(0)
    expect(with_.terminal.stderr).toEqual([
      expect.stringMatching(/^It could not be ended where it was made \(127\.0\.0\.1:\d+ answered 400\)\.$/),
      'That can be done at https://myaccount.google.com/connections',
    ])
    expect(await logins.read('acme')).toBeUndefined()
  })

  test('is part of forgetting a context', async () => {
    await login(LOGIN, here())
    await removeContext({ name: 'acme', json: false }, here())
    expect(await logins.read('acme')).toBeUndefined()
  })
})

test('a login is kept where state goes, whatever the context is called', async () => {
  expect(loginsFolder({ XDG_STATE_HOME: '/s' }, '/home/ada')).toBe('/s/agents-plane/logins')
  expect(loginsFolder({}, '/home/ada')).toBe('/home/ada/.local/state/agents-plane/logins')
  await logins.write('../evil', { clientId: 'x', refreshToken: 'y' })
  expect(await logins.read('../evil')).toMatchObject({ refreshToken: 'y' })
  await expect(stat(join(folder, 'logins', '..%2Fevil.json'))).resolves.toMatchObject({})
})
