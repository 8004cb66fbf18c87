import { clean } from './clean.ts'
import type { Context } from './contexts.ts'
import type { Login, LoginStore } from './logins.ts'
import { readClient } from './oauth-client.ts'
import type { Terminal } from './terminal.ts'

const REQUEST_MS = 10_000

type Ending = { readonly logins: LoginStore; readonly terminal: Terminal }

/** Forgets who signed in to a context: here in any case, and where they did. Says whether anybody had. */
export async function endLogin(name: string, context: Context, { logins, terminal }: Ending): Promise<boolean> {
  const kept = await logins.read(name)
  await logins.delete(name)
  if (kept === undefined) return false
  try {
    await revoke(context, kept)
  } catch (error) {
    const why = error instanceof Error ? clean(error.message) : 'nobody answers'
    terminal.err.line(`The earlier sign-in could not be ended where it was made (${why}).`)
    terminal.err.line('That can be done at https://myaccount.google.com/connections')
  }
  return true
}

/** The OAuth library would name the token in an address, which errors and logs repeat. */
async function revoke(context: Context, { clientId, refreshToken: token }: Login): Promise<void> {
  const client = 'clientFile' in context ? await readClient(context.clientFile) : undefined
  if (client?.id !== clientId) throw new Error('the context names another client')
  const { tokenUrl } = client
  const body = new URLSearchParams({ token })
  const signal = AbortSignal.timeout(REQUEST_MS)
  const response = await fetch(new URL('/revoke', tokenUrl), { method: 'POST', body, signal })
  if (response.ok || (await hasEnded(response))) return
  throw new Error(`${new URL(tokenUrl).host} answered ${response.status}`)
}

/** Google refuses to end what has ended: https://developers.google.com/identity/protocols/oauth2/native-app#tokenrevoke */
async function hasEnded(response: Response): Promise<boolean> {
  const { error } = Object(await response.json().catch(() => undefined)) as { readonly error?: unknown }
  return response.status === 400 && error === 'invalid_token'
}
