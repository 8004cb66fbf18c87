import { randomBytes } from 'node:crypto'
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose'
import type { JSONWebKeySet, JWK, JWTPayload } from 'jose'
import { readRecord, writeRecord } from './files.ts'
import { sharedLayout } from './layout.ts'

/** Signs identity tokens of local machines or people, and publishes the key they are verified with. */
export type Issuer = {
  readonly jwks: JSONWebKeySet
  sign(claims: JWTPayload, options: { readonly audience: string; readonly nowMs: number }): Promise<string>
}

/** The `iss` of every local machine's token. A name, not an address: the keys are found where the installation says. */
export const LOCAL_ISSUER = 'https://issuer.agents-plane.invalid'

/** Whom tokens of a local plane's people are for: they are as Google's, save the key. */
export const LOCAL_CLIENT = 'local-plane.apps.googleusercontent.com'

const LIFETIME_S = 3_600

/** Opens the installation's issuer of machines' tokens. */
export const openIssuer = (stateDir: string): Promise<Issuer> =>
  issuerWith(sharedLayout(stateDir).issuerKey, LOCAL_ISSUER)

/** An issuer whose key is made the first time and stays in the file at `path`, readable by its owner only. */
export async function issuerWith(path: string, name: string): Promise<Issuer> {
  const stored = (await readRecord<JWK>(path)) ?? (await makeKey(path))
  const { kty, n, e, kid } = stored
  const key = await importJWK(stored, 'RS256')
  return {
    jwks: { keys: [{ kty, n, e, kid, alg: 'RS256', use: 'sig' } as JWK] },
    sign: (claims, { audience, nowMs }) => {
      const iatS = Math.floor(nowMs / 1000)
      return new SignJWT({ ...claims, jti: randomBytes(12).toString('hex') })
        .setProtectedHeader({ alg: 'RS256', kid: kid ?? '', typ: 'JWT' })
        .setIssuer(name)
        .setAudience(audience)
        .setIssuedAt(iatS)
        .setExpirationTime(iatS + LIFETIME_S)
        .sign(key)
    },
  }
}

async function makeKey(path: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true })
  const jwk = await exportJWK(privateKey)
  const key = { ...jwk, kid: await calculateJwkThumbprint(jwk) }
  await writeRecord(path, key)
  return key
}
