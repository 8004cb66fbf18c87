import { createHash, createSign, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { JsonObject } from '../json.ts'

/** Signs identity tokens as Google does, with a key of its own. */
export type Signer = {
  /** The published keys, as a JWK set. */
  readonly certs: () => JsonObject
  /** A JWT with these claims, RS256. */
  readonly sign: (claims: JsonObject) => string
  /** The key itself and its name. Google shows it to nobody: it is for tests that forge with it. */
  readonly key: () => { readonly id: string; readonly privateKey: KeyObject }
}

type Key = { readonly id: string; readonly privateKey: KeyObject; readonly jwk: JsonObject }

/** A signer whose key is made when it is first needed: most clouds never sign anything. */
export function signer(): Signer {
  let made: Key | undefined
  const key = (): Key => (made ??= makeKey())
  return {
    key,
    certs: () => ({ keys: [{ ...key().jwk, kid: key().id, alg: 'RS256', use: 'sig' }] }),
    sign: (claims) => {
      const { id, privateKey } = key()
      const signed = `${encoded({ alg: 'RS256', kid: id, typ: 'JWT' })}.${encoded(claims)}`
      return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`
    },
  }
}

function makeKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { kty = '', n = '', e = '' } = publicKey.export({ format: 'jwk' })
  return { id: createHash('sha256').update(n).digest('hex').slice(0, 40), privateKey, jwk: { kty, n, e } }
}

const encoded = (part: JsonObject): string => Buffer.from(JSON.stringify(part)).toString('base64url')
