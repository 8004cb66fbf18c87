import { GoogleAuth, OAuth2Client } from 'google-auth-library'
import type { Google } from '../../shared/gcp/google.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import type { CloudServer } from '../../infra/local/gcp/server.ts'

/** How somebody reaches a simulated cloud with Google's own clients. */
export function aGoogle(server: CloudServer, clock: Clock, email: string): Google {
  const authClient = new OAuth2Client()
  authClient.setCredentials({ access_token: `sim:${email}` })
  const { hostname: host, port } = new URL(server.address)
  return { auth: new GoogleAuth({ authClient }), clock, endpoint: { host, port: Number(port) } }
}
