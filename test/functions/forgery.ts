import { createHmac, randomBytes } from 'node:crypto'
import { SignJWT, base64url, exportJWK, exportSPKI, generateKeyPair, importJWK } from 'jose'
import type { JSONWebKeySet, JWTHeaderParameters, JWTPayload } from 'jose'

/** What the forgeries are measured against. */
export const ISSUER = 'https://accounts.google.com'
export const AUDIENCE = 'https://functions.acme.example/heartbeat'
export const NOW_S = 1_790_000_000

/** A pair of keys; the algorithm it was made for does not bind whoever forges. */
type Keys = Awaited<ReturnType<typeof generateKeyPair>>

/** The issuer, somebody else, and what the issuer publishes. */
export type Keyring = {
  readonly issuer: Keys
  readonly stranger: Keys
  readonly published: JSONWebKeySet
  readonly pem: string
}

/** Makes the keys of a test. */
export async function keyring(): Promise<Keyring> {
  const [issuer, stranger] = await Promise.all([pair('RS256'), pair('RS256')])
  const jwk = { ...(await exportJWK(issuer.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }
  return { issuer, stranger, published: { keys: [jwk] }, pem: await exportSPKI(issuer.publicKey) }
}

const pair = (algorithm: string): Promise<Keys> =>
  generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 })

/** The claims of a machine's token that is in order. */
const claims: JWTPayload = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: '104857600000000000001',
  azp: '104857600000000000001',
  email: 'ap-aaaaaaaaaa-bbbbbbbbbb@acme-agents.iam.gserviceaccount.com',
  email_verified: true,
  iat: NOW_S,
  exp: NOW_S + 3600,
  google: {
    compute_engine: {
      instance_id: '4711',
      instance_name: 'ap-aaaaaaaaaa-bbbbbbbbbb',
      project_id: 'acme-agents',
      project_number: 1,
      zone: 'us-east4-a',
    },
  },
}

/** Claims that are in order but for some; `undefined` leaves one out. */
export const but = (changes: Readonly<Record<string, unknown>>): JWTPayload =>
  JSON.parse(JSON.stringify({ ...claims, ...changes })) as JWTPayload

/** Claims whose machine is in order but for some. */
const butMachine = (changes: Readonly<Record<string, unknown>>): JWTPayload => {
  const { compute_engine } = claims['google'] as { compute_engine: object }
  return but({ google: { compute_engine: { ...compute_engine, ...changes } } })
}

/** A token signed as the issuer signs. */
export const signed = (
  keys: Keyring,
  payload: JWTPayload = claims,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> => signedWith(keys.issuer, payload, header)

const signedWith = (
  { privateKey }: Keys,
  payload: JWTPayload,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'JWT', ...header }).sign(privateKey)

const encoded = (value: unknown): string => base64url.encode(JSON.stringify(value))

/** The three parts of a good token, one of them exchanged. */
async function exchanged(keys: Keyring, part: 0 | 1 | 2, change: (text: string) => string): Promise<string> {
  const parts = (await signed(keys)).split('.')
  return parts.with(part, change(parts[part] ?? '')).join('.')
}

/** The same key under an algorithm that the issuer does not use. */
async function signedAs(keys: Keyring, alg: string): Promise<string> {
  const key = await importJWK({ ...(await exportJWK(keys.issuer.privateKey)), alg }, alg)
  return new SignJWT(claims).setProtectedHeader({ alg, kid: 'k1' }).sign(key)
}

function signedWithText(secret: string): string {
  const content = `${encoded({ alg: 'HS256', kid: 'k1' })}.${encoded(claims)}`
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`
}

type Forgery = readonly [what: string, make: (keys: Keyring) => string | Promise<string>]

const shape: readonly Forgery[] = [
  ['text', () => 'let me in'],
  ['nothing but dots', () => '..'],
  ['two parts', async (keys) => (await signed(keys)).split('.').slice(0, 2).join('.')],
  ['four parts', async (keys) => `${await signed(keys)}.x`],
  ['an encrypted token', () => `${encoded({ alg: 'dir', enc: 'A128GCM' })}.x.x.x.x`],
  ['the word Bearer before it', async (keys) => `Bearer ${await signed(keys)}`],
  ['a payload that is not JSON', (keys) => exchanged(keys, 1, () => base64url.encode('claims'))],
  ['a payload that is a list', (keys) => exchanged(keys, 1, () => encoded([claims]))],
  ['a header that is not JSON', (keys) => exchanged(keys, 0, () => base64url.encode('header'))],
  ['more than 8 KB', (keys) => signed(keys, but({ padding: randomBytes(8192).toString('hex') }))],
]

const signatures: readonly Forgery[] = [
  ['no signature', (keys) => exchanged(keys, 2, () => '')],
  ['half a signature', (keys) => exchanged(keys, 2, (text) => text.slice(0, text.length / 2))],
  [
    'one other byte in its signature',
    (keys) => exchanged(keys, 2, (text) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)),
  ],
  ['another payload under its signature', (keys) => exchanged(keys, 1, () => encoded(but({ sub: '2' })))],
  ['another header over its signature', (keys) => exchanged(keys, 0, () => encoded({ alg: 'RS256', kid: 'k1', x: 1 }))],
  ['algorithm none', () => `${encoded({ alg: 'none' })}.${encoded(claims)}.`],
  ['algorithm none and a signature', (keys) => exchanged(keys, 0, () => encoded({ alg: 'none', kid: 'k1' }))],
  ['algorithm NONE', () => `${encoded({ alg: 'NONE' })}.${encoded(claims)}.`],
  ['no algorithm', (keys) => exchanged(keys, 0, () => encoded({ kid: 'k1' }))],
  ['the public key as a shared secret', (keys) => signedWithText(keys.pem)],
  ['the modulus as a shared secret', (keys) => signedWithText(String(keys.published.keys[0]?.['n']))],
  ['the key under RS384', (keys) => signedAs(keys, 'RS384')],
  ['the key under RS512', (keys) => signedAs(keys, 'RS512')],
  ['the key under PS256', (keys) => signedAs(keys, 'PS256')],
  ['a stranger’s key', (keys) => signedWith(keys.stranger, claims)],
  ['a stranger’s key of another name', (keys) => signedWith(keys.stranger, claims, { kid: 'k2' })],
  ['a stranger’s key without a name', (keys) => signedWith(keys.stranger, claims, { kid: undefined as never })],
  ['the issuer’s key under another name', (keys) => signed(keys, claims, { kid: '../k1' })],
  [
    'a key of its own in the header',
    async (keys) => signedWith(keys.stranger, claims, { jwk: await exportJWK(keys.stranger.publicKey) }),
  ],
  [
    'an address of keys in the header',
    (keys) => signedWith(keys.stranger, claims, { jku: 'https://evil.example/jwks' }),
  ],
  ['a certificate in the header', (keys) => signedWith(keys.stranger, claims, { x5c: ['MIIB'] })],
  ['a critical extension', (keys) => exchanged(keys, 0, () => encoded({ alg: 'RS256', kid: 'k1', crit: ['x'], x: 1 }))],
]

const aud = [
  ['another audience', 'https://functions.acme.example/api'],
  ['a longer audience', `${AUDIENCE}/`],
  ['a shorter audience', 'https://functions.acme.example'],
  ['an audience in capitals', AUDIENCE.toUpperCase()],
  ['a list of audiences', [AUDIENCE, 'https://evil.example']],
  ['a list of one audience', [AUDIENCE]],
  ['no audience', undefined],
] as const

const contents: readonly (readonly [what: string, payload: JWTPayload])[] = [
  ...aud.map(([what, audience]) => [what, but({ aud: audience })] as const),
  ['another issuer', but({ iss: 'https://evil.example' })],
  ['a longer issuer', but({ iss: `${ISSUER}/` })],
  ['no issuer', but({ iss: undefined })],
  ['an end 61 seconds ago', but({ iat: NOW_S - 1000, exp: NOW_S - 61 })],
  ['no end', but({ exp: undefined })],
  ['an end that is text', but({ exp: 'never' })],
  ['a beginning in 61 seconds', but({ iat: NOW_S + 61, exp: NOW_S + 3661 })],
  ['no beginning', but({ iat: undefined })],
  ['a beginning over an hour ago', but({ iat: NOW_S - 3700, exp: NOW_S + 3600 })],
  ['a beginning that is text', but({ iat: 'now' })],
  ['no validity before the next hour', but({ nbf: NOW_S + 3600 })],
  ['no subject', but({ sub: undefined })],
  ['an empty subject', but({ sub: '' })],
  ['a subject that is a number', but({ sub: 7 })],
  ['no e-mail address', but({ email: undefined })],
  ['the e-mail address of a person', but({ email: 'ada@acme.com' })],
  ['a look-alike of a service account', but({ email: 'ap-aaaaaaaaaa-bbbbbbbbbb@gserviceaccount.com.evil.example' })],
  ['an unverified e-mail address', but({ email_verified: false })],
  ['an e-mail address verified in words', but({ email_verified: 'true' })],
  ['no word about its e-mail address', but({ email_verified: undefined })],
  ['no machine', but({ google: undefined })],
  ['a machine without claims', but({ google: {} })],
  ['no instance', butMachine({ instance_id: undefined })],
  ['an empty instance', butMachine({ instance_id: '' })],
  ['an instance that is a number', butMachine({ instance_id: 4711 })],
  ['no zone', butMachine({ zone: undefined })],
  ['no project', butMachine({ project_id: undefined })],
  ['no number of its project', butMachine({ project_number: undefined })],
  ['a number of its project that is text', butMachine({ project_number: '1' })],
]

/** Tokens that must not be believed. */
export const forgeries: readonly Forgery[] = [
  ...shape,
  ...signatures,
  ...contents.map(([what, payload]): Forgery => [what, (keys) => signed(keys, payload)]),
]
