import { GoogleAuth, OAuth2Client } from 'google-auth-library'
import { lazily } from './lazily.ts'

/** Whoever this program runs as. https://cloud.google.com/docs/authentication/application-default-credentials */
export const defaultAuth = (): GoogleAuth =>
  new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' })

/** Somebody, as the simulated cloud knows callers: the token names them, and Google would refuse it. */
export function simulatedAuth(email: string): GoogleAuth {
  const authClient = new OAuth2Client()
  authClient.setCredentials({ access_token: `sim:${email}` })
  return new GoogleAuth({ authClient })
}

/** The header by which this program proves who it is to another service of ours, as whoever it runs as. */
export const identityOf = (audience: string): (() => Promise<string>) => {
  const client = lazily(() => new GoogleAuth().getIdTokenClient(audience))
  return async () => (await (await client()).getRequestHeaders()).get('authorization') ?? ''
}
