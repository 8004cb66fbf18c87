import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jwtVerify } from 'jose'
import { beforeEach, describe, expect, test } from 'vitest'
import { locateApi } from '../../clients/cli/locate-context.ts'
import { addContext } from '../../clients/cli/verbs/context.ts'
import { login } from '../../clients/cli/verbs/login.ts'
import { LOGIN, failure, signingIn } from './signing-in.ts'
import type { Browse, SigningIn } from './signing-in.ts'

let at: SigningIn

beforeEach(async () => {
  at = await signingIn()
  return () => at.stop()
})

/** Where the browser is sent back to, and with what. */
async function sentBack(address: string): Promise<URL> {
  const { headers } = await fetch(address, { redirect: 'manual' })
  return new URL(headers.get('location') ?? '')
}

describe('planes login', () => {
  test('signs in with a browser, and keeps what gets tokens where nobody else may read it', async () => {
    const with_ = at.here()
    expect(await login(LOGIN, with_)).toBe(0)
    expect(with_.terminal.stdout).toEqual(['Signed in to context "acme" as ada@example.com.'])
    expect([
      (await stat(join(at.folder, 'logins', 'acme.json'))).mode & 0o777,
      (await stat(join(at.folder, 'logins'))).mode & 0o777,
    ]).toEqual([0o600, 0o700])
    const { payload } = await jwtVerify((await locateApi({ cwd: at.folder }, at.here())).token, at.server.publicKey, {
      audience: at.server.clientId,
    })
    expect(payload['email']).toBe('ada@example.com')
    const [refreshToken = ''] = at.server.refreshTokens
    expect(await readFile(join(at.folder, 'logins', 'acme.json'), 'utf8')).toContain(refreshToken)
    const shown = [...with_.terminal.stdout, ...with_.terminal.stderr, await readFile(at.store.path, 'utf8')].join('\n')
    expect(shown).not.toMatch(new RegExp(`${refreshToken}|not-confidential`))
  })

  test('without a browser prints the address only', async () => {
    const with_ = at.here((address) => expect.unreachable(address))
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
      for (const address of [forged, new URL('/favicon.ico', back), `${back.origin}//`, back])
        answers.push((await fetch(address)).status)
    }
    expect(await login(LOGIN, at.here(stranger))).toBe(0)
    expect(answers).toEqual([404, 404, 404, 200])
  })

  test('gets a code that is of no use to who cannot prove to have asked for it', async () => {
    const { installed } = JSON.parse(await readFile(at.server.clientFile, 'utf8')) as {
      installed: Record<string, string>
    }
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
    expect(await failure(login(LOGIN, at.here(thief)))).toMatchObject({ exitCode: 4 })
    expect(await at.logins.read('acme')).toBeUndefined()
  })

  test('ends the login before it, and is good itself', async () => {
    await login(LOGIN, at.here())
    const [first] = at.server.refreshTokens
    const with_ = at.here()
    expect(await login(LOGIN, with_)).toBe(0)
    expect(with_.terminal.stderr).toEqual([expect.stringMatching(/^Sign in/), expect.stringMatching(/^http/)])
    const [refreshToken = '', ...others] = at.server.refreshTokens
    expect(others).toEqual([])
    expect(refreshToken).not.toBe(first)
    expect(await at.logins.read('acme')).toMatchObject({ refreshToken })
  })

  test('says so when the person refuses, or never comes', async () => {
    at.server.answer = 'no'
    expect(await failure(login(LOGIN, at.here()))).toMatchObject({
      exitCode: 4,
      message: 'Sign-in was refused: access_denied.',
      suggestion: 'Try again: planes login --context acme',
    })
    const late = login(
      { ...LOGIN, timeoutMs: 1 },
      at.here(() => undefined),
    )
    expect(await failure(late)).toMatchObject({
      exitCode: 4,
      message: 'Nobody signed in within 0.0 s.',
      suggestion: 'Try again: planes login --context acme',
    })
  })

  test('is cancelled by Ctrl-C', async () => {
    const waiting = login(
      LOGIN,
      at.here(() => at.interrupt.abort()),
    )
    expect(await failure(waiting)).toMatchObject({ exitCode: 2, message: 'Cancelled.' })
  })

  test('of a context without a client says how to name one', async () => {
    await writeFile(join(at.folder, 'token'), 't')
    await addContext({ name: 'other', url: 'https://other.com', tokenFile: 'token', json: false }, at.here())
    expect(await failure(login({ ...LOGIN, context: 'other' }, at.here()))).toMatchObject({
      exitCode: 1,
      message: 'Context "other" names no OAuth client to sign in with.',
      suggestion: 'Name one: planes context add NAME --url ADDRESS --client-file PATH',
    })
  })
})
