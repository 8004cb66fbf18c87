import { errors, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import { firstIssue } from '../documents/parsed.ts'
import type { Clock } from '../ports/clock.ts'
import { TokenRefused } from '../ports/verify-identity.ts'
import type { VerifyIdentity } from '../ports/verify-identity.ts'

const SKEW_S = 60
const LIFETIME_S = 3600
/** Google's are about 1.5 KB. */
const MAX_LENGTH = 8192

/** Who may sign, and for whom. */
export type Trust = {
  readonly issuer: string
  /** The exact address that heartbeats go to. */
  readonly audience: string
  /** The issuer's published keys. */
  readonly keys: JWTVerifyGetKey
  readonly clock: Clock
}

/**
 * Verifies the identity token of a machine: RS256, the issuer's keys, issuer, audience, times, and the claims of
 * `format=full`. https://cloud.google.com/compute/docs/instances/verifying-instance-identity#payload
 */
export const identityVerifier = (trust: Trust): VerifyIdentity => {
  const Claims = claimsFor(trust.audience)
  return async (token) => {
    if (token.length > MAX_LENGTH) throw new TokenRefused('the token is too long')
    const result = Claims.safeParse(await verified(token, trust))
    if (!result.success) throw new TokenRefused(`the token's claim ${firstIssue(result.error).join(' ')}`)
    const { sub, email, iat, google } = result.data
    const { instance_id: instanceId, zone, project_id: projectId, project_number: number } = google.compute_engine
    return { sub, email, instanceId, zone, projectId, projectNumber: String(number), iatS: iat }
  }
}

const Text = z.string().min(1).max(256)

const Machine = z.object({ instance_id: Text, zone: Text, project_id: Text, project_number: z.int().positive() })

const claimsFor = (audience: string) =>
  z.object({
    // A list would let one token serve several addresses.
    aud: z.literal(audience),
    sub: Text,
    email: Text.regex(/^[^@\s]+@[a-z0-9.-]+\.gserviceaccount\.com$/, 'is not a service account'),
    email_verified: z.literal(true),
    iat: z.number(),
    exp: z.number(),
    google: z.object({ compute_engine: Machine }),
  })

async function verified(token: string, { issuer, audience, keys, clock }: Trust): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['RS256'],
      issuer,
      audience,
      clockTolerance: SKEW_S,
      maxTokenAge: LIFETIME_S,
      requiredClaims: ['exp', 'iat', 'sub'],
      currentDate: new Date(clock.nowMs()),
    })
    return payload
  } catch (error) {
    throw isRefusal(error) ? new TokenRefused(`the token is refused: ${error.code}`, { cause: error }) : error
  }
}

/** Keys that cannot be fetched are an outage of ours or the issuer's, and no fault of the token. */
const isRefusal = (error: unknown): error is errors.JOSEError =>
  error instanceof errors.JOSEError &&
  !(error instanceof errors.JWKSTimeout) &&
  !(error instanceof errors.JWKSInvalid) &&
  error.code !== errors.JOSEError.code
