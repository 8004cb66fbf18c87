import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { promisify } from 'node:util'
import { createRemoteJWKSet } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { peopleKey, startPeople, tokenOf } from '../../infra/local/people.ts'
import { LOCAL, localCaller } from '../../shared/commands/authenticate.ts'
import { googleIssuer, tokenCaller } from '../../shared/gcp/sign-in.ts'
import { LOCAL_CLIENT, openIssuer } from '../../shared/process/issuer.ts'
import { temporaryFolder } from './folder.ts'

const ADA = 'ada@example.com'
const HOUR_MS = 3_600_000
const TOKEN = 'the-token-of-the-plane'

/** A local plane's people in a new folder, and who is believed there. */
async function people(folder = temporaryFolder()) {
  const parts = new AsyncDisposableStack()
  onTestFinished(() => parts.disposeAsync())
  const { environment } = await startPeople({ folder }, parts)
  const keys = createRemoteJWKSet(new URL(environment['AP_PEOPLE_JWKS_URL'] ?? ''))
  const clock = { nowMs: () => Date.now() }
  const authenticate = localCaller(TOKEN, tokenCaller([googleIssuer([LOCAL_CLIENT], keys)], clock))
  const ask = (token: string, headers: Record<string, string> = {}) =>
    authenticate(new Request('http://127.0.0.1/', { headers: { authorization: `Bearer ${token}`, ...headers } }))
  return { folder, ask }
}

const print = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, ['infra/local/token.ts', ...args]).catch((error: unknown) => error)

test('whoever has a token of a person is that person, and no admin', async () => {
  const { folder, ask } = await people()
  const result = await ask(await tokenOf(ADA, folder, Date.now()))
  expect(result).toMatchObject({ is: 'caller', caller: { actor: ADA } })
  expect(result).not.toHaveProperty('caller.role')
  expect(result).not.toHaveProperty('caller.surface')
  expect(await ask(TOKEN)).toEqual({ is: 'caller', caller: LOCAL })
})

test('a token is refused when it is old, of another plane or of a machine, and from another page', async () => {
  const { folder, ask } = await people()
  const nowMs = Date.now()
  const machine = await (await openIssuer(folder)).sign({ email: ADA }, { audience: LOCAL_CLIENT, nowMs })
  const refused = [
    await tokenOf(ADA, folder, nowMs - 2 * HOUR_MS),
    await tokenOf(ADA, temporaryFolder(), nowMs),
    machine,
    'x',
  ]
  for (const token of refused) expect(await ask(token)).toMatchObject({ is: 'anonymous' })
  const fresh = await tokenOf(ADA, folder, nowMs)
  expect(await ask(fresh, { origin: 'https://evil.example.com' })).toMatchObject({ is: 'foreign' })
})

test('a key is kept, readable by its owner alone', async () => {
  const { folder } = await people()
  const token = await tokenOf(ADA, folder, Date.now())
  expect(statSync(peopleKey(folder)).mode & 0o777).toBe(0o600)
  const { ask } = await people(folder)
  expect(await ask(token)).toMatchObject({ is: 'caller' })
})

test('the program prints a token of whoever is named, and refuses anything else in a sentence', async () => {
  const { folder, ask } = await people()
  const { stdout } = (await print(ADA, '--state', folder)) as { stdout: string }
  expect(await ask(stdout.trim())).toMatchObject({ is: 'caller', caller: { actor: ADA } })
  const usage = /^Say who it is: .*\n$/
  expect(await print('--state', folder)).toMatchObject({ code: 1, stderr: expect.stringMatching(usage) as string })
  expect(await print('ada', '--state', folder)).toMatchObject({ stderr: expect.stringMatching(usage) as string })
  const none = /^No local plane runs in .*npm start\n$/
  expect(await print(ADA, '--state', temporaryFolder())).toMatchObject({
    stderr: expect.stringMatching(none) as string,
  })
})
