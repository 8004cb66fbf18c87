import type { HeartbeatClaims } from '../documents/heartbeat.ts'

/** The token does not prove which machine sent it. The message says why, and holds nothing of the token. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused'
}

/** Proves which machine a token was made for. @throws TokenRefused; other errors mean that the keys could not be had */
export type VerifyIdentity = (token: string) => Promise<HeartbeatClaims>
