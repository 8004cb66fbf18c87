import { decodeJwt } from 'jose/jwt/decode'

/** Whom an identity token is of, for showing only: the API alone verifies it. Undefined where the token does not say. */
export function personOf(token: string): string | undefined {
  try {
    const { email } = decodeJwt<{ readonly email?: unknown }>(token)
    return typeof email === 'string' ? email : undefined
  } catch {
    return undefined
  }
}
