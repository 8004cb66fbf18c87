import { join } from 'node:path'
import { LOCAL_CLIENT, issuerWith } from '../../shared/process/issuer.ts'
import type { Issuer } from '../../shared/process/issuer.ts'
import { serveLoopback } from '../../shared/process/serve.ts'
import type { Ground } from './plane-agents.ts'
import type { State } from './state.ts'

/** What signs in the people of the local plane in a state folder. */
export const peopleKey = (stateFolder: string): string => join(stateFolder, 'people-key.json')

/** https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload */
const openPeople = (stateFolder: string): Promise<Issuer> =>
  issuerWith(peopleKey(stateFolder), 'https://accounts.google.com')

/** Publishes the keys by which the local plane knows people besides its own. */
export async function startPeople({ folder }: Pick<State, 'folder'>, parts: AsyncDisposableStack): Promise<Ground> {
  const { jwks } = await openPeople(folder)
  const server = await serveLoopback(async () => Response.json(jwks), 0)
  parts.defer(() => server.close())
  return { environment: { AP_PEOPLE_JWKS_URL: server.url }, urls: {} }
}

/** A token that says its bearer is the person with this address, for an hour. */
export async function tokenOf(email: string, stateFolder: string, nowMs: number): Promise<string> {
  const people = await openPeople(stateFolder)
  return people.sign({ sub: email, email, email_verified: true }, { audience: LOCAL_CLIENT, nowMs })
}
