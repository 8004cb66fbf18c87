import { SignJWT, createLocalJWKSet, errors, exportJWK, generateKeyPair } from 'jose'
import type { JWTPayload } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { issuersOf, tokenCaller } from '../../shared/gcp/sign-in.ts'
import type { SignIn } from '../../shared/gcp/sign-in.ts'
import type { Authenticate } from '../../shared/ports/people.ts'

const NOW_S = 1_790_000_000
const CLIENT = '123-abc.apps.googleusercontent.com'
const FIREBASE = { iss: 'https://securetoken.google.com/acme-control', aud: 'acme-control' }
const GOOGLE = { iss: 'https://accounts.google.com', aud: CLIENT }
const PERSON = { sub: '1', email: 'ada@acme.com', email_verified: true, iat: NOW_S - 10, exp: NOW_S + 3000 }

const clock = { nowMs: () => NOW_S * 1000 }

const SIGN_IN: SignIn = { project: 'acme-control', clients: [CLIENT], isGcloudAllowed: false }

let authenticatedBy: (signIn: Partial<SignIn>) => Authenticate
let sign: (claims: JWTPayload, by?: 'firebase' | 'google' | 'eve', alg?: string) => Promise<string>

beforeAll(async () => {
  const pairs = {
    firebase: await generateKeyPair('RS256', { extractable: true }),
    google: await generateKeyPair('RS256', { extractable: true }),
    eve: await generateKeyPair('RS256', { extractable: true }),
  }
  const set = async (name: 'firebase' | 'google') =>
    createLocalJWKSet({ keys: [{ ...(await exportJWK(pairs[name].publicKey)), kid: 'k', alg: 'RS256' }] })
  const [firebase, google] = [await set('firebase'), await set('google')]
  const keysAt = (url: string) => (url.includes('securetoken') ? firebase : google)
  authenticatedBy = (signIn) => tokenCaller(issuersOf({ ...SIGN_IN, ...signIn }, keysAt), clock)
  sign = (claims, by = 'firebase', alg = 'RS256') =>
    new SignJWT(claims)
      .setProtectedHeader({ alg, kid: 'k' })
      .sign(alg === 'HS256' ? new TextEncoder().encode('a secret that is long enough!') : pairs[by].privateKey)
})

const ask = async (token: string, signIn: Partial<SignIn> = {}) =>
  authenticatedBy(signIn)(
    new Request('https://api.acme.com/v1/planes', { headers: { authorization: `Bearer ${token}` } }),
  )

const GCLOUD = { ...GOOGLE, aud: '32555940559.apps.googleusercontent.com' }

describe('people are believed by their identity token', () => {
  test('of Firebase, who are at the console then', async () => {
    const result = await ask(await sign({ ...PERSON, ...FIREBASE, auth_time: NOW_S - 10 }))
    expect(result).toMatchObject({ is: 'caller', caller: { actor: 'ada@acme.com', surface: 'console' } })
    const owns = result.is === 'caller' ? result.caller.owns : () => false
    expect(['ada@acme.com', 'bob@acme.com'].map(owns)).toEqual([true, false])
    expect(result).not.toHaveProperty('caller.role')
  })

  test.each(['https://accounts.google.com', 'accounts.google.com'])('of Google, as %s', async (iss) => {
    const result = await ask(await sign({ ...PERSON, ...GOOGLE, iss, email: 'Ada@acme.com' }, 'google'))
    expect(result).toMatchObject({ is: 'caller', caller: { actor: 'ada@acme.com' } })
  })

  test('of gcloud, where that was allowed', async () => {
    const token = await sign({ ...PERSON, ...GCLOUD }, 'google')
    for (const clients of [[], [CLIENT]])
      expect(await ask(token, { clients, isGcloudAllowed: true })).toMatchObject({ is: 'caller' })
    expect(await ask(token, { clients: [] })).toMatchObject({ is: 'anonymous' })
  })
})

test('of Google nobody is believed for want of a client of the deployment’s own', async () => {
  const token = await sign({ ...PERSON, ...GOOGLE }, 'google')
  expect(await ask(token, { clients: [] })).toMatchObject({ is: 'anonymous' })
  expect(await ask(token, { clients: [], isGcloudAllowed: true })).toMatchObject({ is: 'anonymous' })
})

const refused: [what: string, claims: JWTPayload, by?: 'firebase' | 'google' | 'eve', alg?: string][] = [
  ['signed by somebody else', { ...PERSON, ...FIREBASE }, 'eve'],
  ['of Firebase signed with the keys of Google', { ...PERSON, ...FIREBASE }, 'google'],
  ['of Google signed with the keys of Firebase', { ...PERSON, ...GOOGLE }, 'firebase'],
  ['signed with a shared secret', { ...PERSON, ...FIREBASE }, 'firebase', 'HS256'],
  ['of another Firebase project', { ...PERSON, iss: 'https://securetoken.google.com/evil', aud: 'evil' }],
  ['with the audience of another project', { ...PERSON, ...FIREBASE, aud: 'evil' }],
  ['with the issuer of another project', { ...PERSON, ...FIREBASE, iss: 'https://securetoken.google.com/evil' }],
  ['for another OAuth client', { ...PERSON, ...GOOGLE, aud: '999.apps.googleusercontent.com' }, 'google'],
  ['of gcloud, which nobody allowed', { ...PERSON, ...GCLOUD }, 'google'],
  ['for several audiences', { ...PERSON, ...GOOGLE, aud: [CLIENT, 'evil'] }, 'google'],
  ['that has expired', { ...PERSON, ...FIREBASE, iat: NOW_S - 4000, exp: NOW_S - 100 }],
  ['that never expires', { ...PERSON, ...FIREBASE, exp: undefined as never }],
  ['that lasts too long', { ...PERSON, ...FIREBASE, iat: NOW_S - 90_000, exp: NOW_S + 90_000 }],
  ['from the future', { ...PERSON, ...FIREBASE, iat: NOW_S + 900 }],
  ['of a sign-in in the future', { ...PERSON, ...FIREBASE, auth_time: NOW_S + 900 }],
  ['not valid yet', { ...PERSON, ...FIREBASE, nbf: NOW_S + 900 }],
  ['without an address', { ...PERSON, ...FIREBASE, email: undefined }],
  ['whose address nobody verified', { ...PERSON, ...FIREBASE, email_verified: false }],
  ['whose address may be verified', { ...PERSON, ...FIREBASE, email_verified: 'true' }],
  ['that does not say whether its address is verified', { ...PERSON, ...FIREBASE, email_verified: undefined }],
  ['of a service account', { ...PERSON, ...GOOGLE, email: 'x@acme.iam.gserviceaccount.com' }, 'google'],
  ['of nobody', { ...PERSON, ...FIREBASE, sub: '' }],
]

test.each(refused)('a token %s is refused', async (_, claims, by, alg) => {
  const token = await sign(claims, by, alg)
  const result = await ask(token)
  expect(result).toMatchObject({ is: 'anonymous' })
  expect(JSON.stringify(result)).not.toContain(token)
})

test.each(['', 'nonsense', 'a.b.c', 'x'.repeat(9000)])('%.20s is no token', async (token) => {
  expect(await ask(token)).toMatchObject({ is: 'anonymous' })
})

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

test('an unsigned token is refused', async () => {
  expect(await ask(`${part({ alg: 'none' })}.${part({ ...PERSON, ...FIREBASE })}.`)).toMatchObject({ is: 'anonymous' })
})

const broken = async (): Promise<never> => {
  throw new errors.JWKSTimeout()
}

test('keys that cannot be fetched are an outage, and no refusal', async () => {
  const failing = tokenCaller(
    issuersOf(SIGN_IN, () => broken),
    clock,
  )
  const token = await sign({ ...PERSON, ...FIREBASE })
  const request = new Request('https://api.acme.com/', { headers: { authorization: `Bearer ${token}` } })
  await expect(failing(request)).rejects.toThrow(errors.JWKSTimeout)
})
