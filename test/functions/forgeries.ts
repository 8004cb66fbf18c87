import { createHmac, randomBytes } from 'node:crypto'
import { SignJWT, base64url, exportJWK, importJWK } from 'jose'
import type { JWTPayload } from 'jose'
import { but, butMachine, signed, signedByStranger } from './forgery.ts'
import type { Keyring } from './forgery.ts'

const encoded = (value: unknown): string => base64url.encode(JSON.stringify(value))

/** The three parts of a good token, one of them exchanged. */
async function exchanged(keys: Keyring, part: 0 | 1 | 2, change: (text: string) => string): Promise<string> {
  const parts = (await signed(keys)).split('.')
  return parts.with(part, change(parts[part] ?? '')).join('.')
}

/** A good token under another header. */
const headed = (keys: Keyring, header: object): Promise<string> => exchanged(keys, 0, () => encoded(header))

/** The same key under an algorithm that the issuer does not use. */
async function signedAs({ issuer, kid, claims }: Keyring, alg: string): Promise<string> {
  const key = await importJWK({ ...(await exportJWK(issuer.privateKey)), alg }, alg)
  return new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(key)
}

function signedWithText({ kid, claims }: Keyring, secret: string): string {
  const content = `${encoded({ alg: 'HS256', kid })}.${encoded(claims)}`
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
  ['a payload that is a list', (keys) => exchanged(keys, 1, () => encoded([keys.claims]))],
  ['a header that is not JSON', (keys) => exchanged(keys, 0, () => base64url.encode('header'))],
  ['more than 8 KB', (keys) => signed(keys, but(keys, { padding: randomBytes(8192).toString('hex') }))],
]

const signatures: readonly Forgery[] = [
  ['no signature', (keys) => exchanged(keys, 2, () => '')],
  ['half a signature', (keys) => exchanged(keys, 2, (text) => text.slice(0, text.length / 2))],
  [
    'one other byte in its signature',
    (keys) => exchanged(keys, 2, (text) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)),
  ],
  ['another payload under its signature', (keys) => exchanged(keys, 1, () => encoded(but(keys, { sub: '2' })))],
  ['another header over its signature', (keys) => headed(keys, { alg: 'RS256', kid: keys.kid, x: 1 })],
  ['algorithm none', ({ claims }) => `${encoded({ alg: 'none' })}.${encoded(claims)}.`],
  ['algorithm none and a signature', (keys) => headed(keys, { alg: 'none', kid: keys.kid })],
  ['algorithm NONE', ({ claims }) => `${encoded({ alg: 'NONE' })}.${encoded(claims)}.`],
  ['no algorithm', (keys) => headed(keys, { kid: keys.kid })],
  ['the public key as a shared secret', (keys) => signedWithText(keys, keys.pem)],
  ['the modulus as a shared secret', (keys) => signedWithText(keys, String(keys.published.keys[0]?.['n']))],
  ['the key under RS384', (keys) => signedAs(keys, 'RS384')],
  ['the key under RS512', (keys) => signedAs(keys, 'RS512')],
  ['the key under PS256', (keys) => signedAs(keys, 'PS256')],
  ['a stranger’s key', (keys) => signedByStranger(keys)],
  ['a stranger’s key of another name', (keys) => signedByStranger(keys, { kid: 'k2' })],
  ['a stranger’s key without a name', (keys) => signedByStranger(keys, { kid: undefined as never })],
  ['the issuer’s key under another name', (keys) => signed(keys, keys.claims, { kid: `../${keys.kid}` })],
  [
    'a key of its own in the header',
    async (keys) => signedByStranger(keys, { jwk: await exportJWK(keys.stranger.publicKey) }),
  ],
  ['an address of keys in the header', (keys) => signedByStranger(keys, { jku: 'https://evil.example/jwks' })],
  ['a certificate in the header', (keys) => signedByStranger(keys, { x5c: ['MIIB'] })],
  ['a critical extension', (keys) => headed(keys, { alg: 'RS256', kid: keys.kid, crit: ['x'], x: 1 })],
]

/** What an audience is made into. */
const audiences: readonly (readonly [what: string, change: (audience: string) => unknown])[] = [
  ['another audience', (audience) => audience.replace(/[^/]*$/, 'api')],
  ['a longer audience', (audience) => `${audience}/`],
  ['a shorter audience', (audience) => new URL(audience).origin],
  ['an audience in capitals', (audience) => audience.toUpperCase()],
  ['a list of audiences', (audience) => [audience, 'https://evil.example']],
  ['a list of one audience', (audience) => [audience]],
  ['no audience', () => undefined],
]

/** What a moment of signing is made into. */
const times: readonly (readonly [what: string, change: (nowS: number) => object])[] = [
  ['an end 61 seconds ago', (nowS) => ({ iat: nowS - 1000, exp: nowS - 61 })],
  ['a beginning in 61 seconds', (nowS) => ({ iat: nowS + 61, exp: nowS + 3661 })],
  ['a beginning over an hour ago', (nowS) => ({ iat: nowS - 3700, exp: nowS + 3600 })],
  ['no validity before the next hour', (nowS) => ({ nbf: nowS + 3600 })],
]

const contents: readonly (readonly [what: string, changes: Readonly<Record<string, unknown>>])[] = [
  ['another issuer', { iss: 'https://evil.example' }],
  ['a longer issuer', { iss: 'https://accounts.google.com/' }],
  ['no issuer', { iss: undefined }],
  ['no end', { exp: undefined }],
  ['an end that is text', { exp: 'never' }],
  ['no beginning', { iat: undefined }],
  ['a beginning that is text', { iat: 'now' }],
  ['no subject', { sub: undefined }],
  ['an empty subject', { sub: '' }],
  ['a subject that is a number', { sub: 7 }],
  ['no e-mail address', { email: undefined }],
  ['the e-mail address of a person', { email: 'ada@acme.com' }],
  ['a look-alike of a service account', { email: 'ap-aaaaaaaaaa-bbbbbbbbbb@gserviceaccount.com.evil.example' }],
  ['an unverified e-mail address', { email_verified: false }],
  ['an e-mail address verified in words', { email_verified: 'true' }],
  ['no word about its e-mail address', { email_verified: undefined }],
  ['no machine', { google: undefined }],
  ['a machine without claims', { google: {} }],
]

const machines: readonly (readonly [what: string, changes: Readonly<Record<string, unknown>>])[] = [
  ['no instance', { instance_id: undefined }],
  ['an empty instance', { instance_id: '' }],
  ['an instance that is a number', { instance_id: 4711 }],
  ['no zone', { zone: undefined }],
  ['no project', { project_id: undefined }],
  ['no number of its project', { project_number: undefined }],
  ['a number of its project that is text', { project_number: '1' }],
]

/** Tokens with the issuer's signature over claims that are not in order. */
const payloads: readonly (readonly [what: string, make: (keys: Keyring) => JWTPayload])[] = [
  ...audiences.map(
    ([what, change]) => [what, (keys: Keyring) => but(keys, { aud: change(String(keys.claims.aud)) })] as const,
  ),
  ...times.map(
    ([what, change]) => [what, (keys: Keyring) => but(keys, { ...change(Number(keys.claims.iat)) })] as const,
  ),
  ...contents.map(([what, changes]) => [what, (keys: Keyring) => but(keys, changes)] as const),
  ...machines.map(([what, changes]) => [what, (keys: Keyring) => butMachine(keys, changes)] as const),
]

/** Tokens that must not be believed. */
export const forgeries: readonly Forgery[] = [
  ...shape,
  ...signatures,
  ...payloads.map(([what, make]): Forgery => [what, (keys) => signed(keys, make(keys))]),
]
