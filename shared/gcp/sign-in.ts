import { decodeJwt, errors, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import { Person } from '../documents/fields.ts'
import type { Clock } from '../ports/clock.ts'
import type { Authenticate, Authentication } from '../ports/people.ts'

const SKEW_S = 60
/** Google's and Firebase's are about 1 KB and last for an hour. */
const MAX_LENGTH = 8192
const LIFETIME_S = 3600

/** One who may vouch for people: who signs, for which audiences, with which published keys. */
export type Issuer = {
  readonly issuers: readonly string[]
  readonly audiences: readonly string[]
  readonly keys: JWTVerifyGetKey
  /** Where people who come this way are. */
  readonly surface?: 'console'
}

/** https://firebase.google.com/docs/auth/admin/verify-id-tokens#verify_id_tokens_using_a_third-party_jwt_library */
const firebaseIssuer = (project: string, keys: JWTVerifyGetKey): Issuer => ({
  issuers: [`https://securetoken.google.com/${project}`],
  audiences: [project],
  keys,
  surface: 'console',
})

/** https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken */
export const googleIssuer = (audiences: readonly string[], keys: JWTVerifyGetKey): Issuer => ({
  issuers: ['https://accounts.google.com', 'accounts.google.com'],
  audiences,
  keys,
})

/** Where the keys are published: as JWK sets, which rotate. */
const KEYS = {
  google: 'https://www.googleapis.com/oauth2/v3/certs',
  firebase: 'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com',
} as const

/**
 * The audience of `gcloud auth print-identity-token`, which every program that gcloud signs in shares: a token that another
 * service was given would do here too. https://cloud.google.com/sdk/gcloud/reference/auth/print-identity-token
 */
const GCLOUD_AUDIENCE = '32555940559.apps.googleusercontent.com'

/** How people of a deployment sign in. */
export type SignIn = {
  /** Its project with Firebase. */
  readonly project: string
  /** Its own OAuth clients. */
  readonly clients: readonly string[]
  readonly isGcloudAllowed: boolean
}

/** Who may vouch for people of a deployment: Firebase; Google, for its own OAuth clients and whatever else is allowed. */
export function issuersOf(
  { project, clients, isGcloudAllowed }: SignIn,
  keysAt: (url: string) => JWTVerifyGetKey,
): readonly Issuer[] {
  const audiences = isGcloudAllowed ? [...clients, GCLOUD_AUDIENCE] : clients
  const firebase = firebaseIssuer(project, keysAt(KEYS.firebase))
  return audiences.length === 0 ? [firebase] : [firebase, googleIssuer(audiences, keysAt(KEYS.google))]
}

/** Finds out who sent a request by the identity token it carries. What they may do, the members of a plane say. */
export const tokenCaller = (issuers: readonly Issuer[], clock: Clock): Authenticate => {
  return async (request) => {
    const token = /^Bearer (\S+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
    if (token === undefined) return anonymous('The request carries no token.')
    if (token.length > MAX_LENGTH) return anonymous('The token is too long.')
    const issuer = issuers.find(({ issuers: names }) => names.includes(claimedIssuer(token)))
    if (issuer === undefined) return anonymous('The token is of nobody who may vouch for people here.')
    return callerOf(token, issuer, clock)
  }
}

/** Read to choose the keys by; believed only after they have verified it. */
function claimedIssuer(token: string): string {
  try {
    return decodeJwt(token).iss ?? ''
  } catch {
    return ''
  }
}

const Claims = z.object({
  // A list would let one token serve several audiences.
  aud: z.string(),
  sub: z.string().min(1).max(128),
  email: z.string().toLowerCase().pipe(Person),
  email_verified: z.literal(true),
  // Firebase's own: when the person signed in, which was not in the future.
  auth_time: z.number().optional(),
})

async function callerOf(token: string, issuer: Issuer, clock: Clock): Promise<Authentication> {
  const payload = await verified(token, issuer, clock)
  if (typeof payload === 'string') return anonymous(payload)
  const claims = Claims.safeParse(payload)
  if (!claims.success) return anonymous(unproven(claims.error))
  const { email, auth_time: signedInS = 0 } = claims.data
  if (signedInS > clock.nowMs() / 1000 + SKEW_S) return anonymous('The token is not valid yet.')
  const { surface } = issuer
  const caller = { actor: email, owns: (owner: string) => owner === email, ...(surface && { surface }) }
  return { is: 'caller', caller }
}

const unproven = ({ issues }: z.ZodError): string =>
  issues.some(({ path }) => path[0] === 'email' || path[0] === 'email_verified')
    ? 'The token proves no e-mail address of a person; sign in with one that is verified.'
    : 'The token lacks what it has to say.'

async function verified(
  token: string,
  { issuers, audiences, keys }: Issuer,
  clock: Clock,
): Promise<JWTPayload | string> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['RS256'],
      issuer: [...issuers],
      audience: [...audiences],
      clockTolerance: SKEW_S,
      maxTokenAge: LIFETIME_S,
      requiredClaims: ['exp', 'iat', 'sub', 'aud'],
      currentDate: new Date(clock.nowMs()),
    })
    return payload
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'The token has expired; sign in again.'
    if (isRefusal(error)) return 'The token is not valid here; sign in again.'
    throw error
  }
}

/** Keys that cannot be fetched are an outage, and no fault of the token. */
const isRefusal = (error: unknown): boolean =>
  error instanceof errors.JOSEError &&
  !(error instanceof errors.JWKSTimeout) &&
  !(error instanceof errors.JWKSInvalid) &&
  error.code !== errors.JOSEError.code

const anonymous = (message: string): Authentication => ({ is: 'anonymous', message })
