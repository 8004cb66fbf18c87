import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Context, ContextStore } from './contexts.ts'
import { contextOf, loginTo } from './contexts.ts'
import { CliError, EXIT } from './exit.ts'
import type { LoginStore } from './logins.ts'
import { locate } from './locate.ts'
import type { Located } from './locate.ts'

const COMMAND_MS = 60_000

/** What was said of where to look; what was not said is undefined. */
export type Wanted = {
  readonly context?: string | undefined
  readonly state?: string | undefined
  readonly cwd: string
}

/** What is remembered of installations, and of who is signed in to them; `signal` is Ctrl-C. */
export type Remembered = { readonly store: ContextStore; readonly logins: LoginStore; readonly signal: AbortSignal }

/**
 * Where the API is: of the context that is named, else the state folder that is, else the current context, else of a
 * local plane here or above. @throws CliError
 */
export async function locateApi({ context, state, cwd }: Wanted, remembered: Remembered): Promise<Located> {
  if (context === undefined && state !== undefined) return locate({ state, cwd })
  const contexts = await remembered.store.read()
  const name = context ?? contexts.current
  if (name === undefined) return locate({ cwd })
  const found = contextOf(contexts, name)
  if ('state' in found) return locate({ state: found.state, cwd })
  const reach = `Is the address of context "${name}" right? See: planes context list`
  if ('clientId' in found) {
    const renew = () => signedInToken(name, found, remembered)
    return { url: found.url, token: await renew(), renew, signIn: `Sign in again: ${loginTo(name)}`, reach }
  }
  const signIn = `Sign in again, so that context "${name}" finds a new token.`
  const renew = () => tokenOf(name, found, remembered)
  return { url: found.url, token: await renew(), renew, signIn, reach }
}

type ByClient = Extract<Context, { readonly clientId: string }>
type ByToken = Exclude<Context, ByClient | { readonly state: string }>

/** A token for who signed in with the client of a context. @throws CliError */
async function signedInToken(
  name: string,
  { clientId, clientFile }: ByClient,
  { logins, signal }: Remembered,
): Promise<string> {
  const signedOut = (what: string): CliError =>
    new CliError(EXIT.signInNeeded, `${what} context "${name}".`, `Sign in: ${loginTo(name)}`)
  const kept = await logins.read(name)
  if (kept?.clientId !== clientId) throw signedOut('You are not signed in to')
  const [{ freshToken }, { readClient }] = await Promise.all([import('./sign-in.ts'), import('./oauth-client.ts')])
  const again = `Try again. If that does not help: ${loginTo(name)}`
  const token = await freshToken(await readClient(clientFile), kept.refreshToken, { signal, again })
  if (token === undefined) throw signedOut('You are no longer signed in to')
  return token
}

async function tokenOf(name: string, context: ByToken, { signal }: Remembered): Promise<string> {
  const from = 'tokenFile' in context ? context.tokenFile : `the command "${context.tokenCommand}"`
  try {
    const text =
      'tokenFile' in context ? await readFile(context.tokenFile, 'utf8') : await printed(context.tokenCommand, signal)
    if (/^\S+\s*$/.test(text)) return text.trim()
  } catch (cause) {
    throw noToken(name, from, cause)
  }
  throw noToken(name, from)
}

/** Without a shell: what is in the file is words, and no program. */
async function printed(command: string, signal: AbortSignal): Promise<string> {
  const [program = '', ...args] = command.split(/\s+/).filter((word) => word !== '')
  const { stdout } = await promisify(execFile)(program, args, { timeout: COMMAND_MS, signal })
  return stdout
}

const noToken = (name: string, from: string, cause?: unknown): CliError =>
  new CliError(
    EXIT.signInNeeded,
    `No token for context "${name}" came from ${from}.`,
    'Sign in, or say where a token is: planes context add',
    { cause },
  )
