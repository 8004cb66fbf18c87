import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Context, ContextStore } from './contexts.ts'
import { contextOf } from './contexts.ts'
import { CliError, EXIT } from './exit.ts'
import { locate } from './locate.ts'
import type { Located } from './locate.ts'

const COMMAND_MS = 60_000

/** What was said of where to look; what was not said is undefined. */
export type Wanted = {
  readonly context?: string | undefined
  readonly state?: string | undefined
  readonly cwd: string
}

/**
 * Where the API is: of the context that is named, else the state folder that is, else the current context, else of a
 * local plane here or above. @throws CliError
 */
export async function locateApi({ context, state, cwd }: Wanted, store: ContextStore): Promise<Located> {
  if (context === undefined && state !== undefined) return locate({ state, cwd })
  const contexts = await store.read()
  const name = context ?? contexts.current
  return name === undefined ? locate({ cwd }) : located(name, contextOf(contexts, name), cwd)
}

async function located(name: string, context: Context, cwd: string): Promise<Located> {
  if ('state' in context) return locate({ state: context.state, cwd })
  const { url } = context
  const signIn = `Sign in again, so that context "${name}" finds a new token.`
  const reach = `Is the address of context "${name}" right? See: planes context list`
  return { url, token: await tokenOf(name, context), signIn, reach }
}

async function tokenOf(name: string, context: Exclude<Context, { state: string }>): Promise<string> {
  const from = 'tokenFile' in context ? context.tokenFile : `the command "${context.tokenCommand}"`
  try {
    const text =
      'tokenFile' in context ? await readFile(context.tokenFile, 'utf8') : await printed(context.tokenCommand)
    if (/^\S+\s*$/.test(text)) return text.trim()
  } catch (cause) {
    throw noToken(name, from, cause)
  }
  throw noToken(name, from)
}

/** Without a shell: what is in the file is words, and no program. */
async function printed(command: string): Promise<string> {
  const [program = '', ...args] = command.split(/\s+/).filter((word) => word !== '')
  const { stdout } = await promisify(execFile)(program, args, { timeout: COMMAND_MS })
  return stdout
}

const noToken = (name: string, from: string, cause?: unknown): CliError =>
  new CliError(
    EXIT.signInNeeded,
    `No token for context "${name}" came from ${from}.`,
    'Sign in, or say where a token is: planes context add',
    { cause },
  )
