import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { SignJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose'
import type { CryptoKey, JSONWebKeySet, JWTHeaderParameters, JWTPayload } from 'jose'

/** What the forgeries of a made-up machine are measured against. */
export const ISSUER = 'https://accounts.google.com'
export const AUDIENCE = 'https://functions.acme.example/heartbeat'
export const NOW_S = 1_790_000_000

/** A pair of keys; the algorithm it was made for does not bind whoever forges. */
type Keys = Record<'privateKey' | 'publicKey', CryptoKey | KeyObject>

/** The issuer, somebody else, what the issuer publishes under which name, and what it would sign. */
export type Keyring = {
  readonly issuer: Keys
  readonly stranger: Keys
  readonly published: JSONWebKeySet
  readonly pem: string
  readonly kid: string
  /** The claims of a machine's token that is in order. */
  readonly claims: JWTPayload
}

/** Keys for the forgeries of a machine that there is none of. */
export const keyring = async (): Promise<Keyring> => keyringOf(await pair(), 'k1', madeUp)

/** The keys of an issuer, beside a stranger's. */
export async function issuedBy(privateKey: KeyObject, kid: string, claims: JWTPayload): Promise<Keyring> {
  return keyringOf({ privateKey, publicKey: createPublicKey(privateKey) }, kid, claims)
}

async function keyringOf(issuer: Keys, kid: string, claims: JWTPayload): Promise<Keyring> {
  const jwk = { ...(await exportJWK(issuer.publicKey)), kid, alg: 'RS256', use: 'sig' }
  const pem = await exportSPKI(issuer.publicKey)
  return { issuer, stranger: await pair(), published: { keys: [jwk] }, pem, kid, claims }
}

const pair = (): Promise<Keys> => generateKeyPair('RS256', { extractable: true, modulusLength: 2048 })

const madeUp: JWTPayload = {
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
export const but = ({ claims }: Keyring, changes: Readonly<Record<string, unknown>>): JWTPayload =>
  JSON.parse(JSON.stringify({ ...claims, ...changes })) as JWTPayload

/** Claims whose machine is in order but for some. */
export function butMachine(keys: Keyring, changes: Readonly<Record<string, unknown>>): JWTPayload {
  const { compute_engine } = keys.claims['google'] as { compute_engine: object }
  return but(keys, { google: { compute_engine: { ...compute_engine, ...changes } } })
}

/** A token signed as the issuer signs. */
export const signed = (
  keys: Keyring,
  payload: JWTPayload = keys.claims,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> => signedWith(keys.issuer, payload, { kid: keys.kid, ...header })

/** A token that a stranger signed under the issuer's name for its key. */
export const signedByStranger = (keys: Keyring, header: Partial<JWTHeaderParameters> = {}): Promise<string> =>
  signedWith(keys.stranger, keys.claims, { kid: keys.kid, ...header })

const signedWith = ({ privateKey }: Keys, payload: JWTPayload, header: Partial<JWTHeaderParameters>): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...header }).sign(privateKey)
