import { decodeJwt } from 'jose/jwt/decode'
import type { Located } from './locate.ts'

/** How long before its end a token is replaced, in milliseconds: a request and two clocks have to fit in. */
const EARLY_MS = 60_000

/**
 * The token for each request of a command that may outlive it: the same one until shortly before its end, then a new one.
 * While none is to be had the old one is sent: only the API knows whether that is still good.
 */
export function currentToken(
  { token: first, renew }: Pick<Located, 'token' | 'renew'>,
  nowMs: () => number,
): () => Promise<string> {
  let token = first
  let renewing: Promise<string> | undefined
  return async () => {
    if (nowMs() < endMs(token) - EARLY_MS) return token
    const old = token
    renewing ??= renew()
      .catch(() => old)
      .finally(() => (renewing = undefined))
    token = await renewing
    return token
  }
}

/** When a token ends. One that does not say is not replaced. */
function endMs(token: string): number {
  try {
    const { exp = Infinity } = decodeJwt(token)
    return exp * 1000
  } catch {
    return Infinity
  }
}
