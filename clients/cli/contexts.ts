import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { CliError, EXIT } from './exit.ts'
import { changePrivately, readText } from './private-file.ts'

const PATIENCE_MS = 5_000
const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:\/|$)/

/** Where an API is. A token goes there, so it has to be encrypted on the way. */
export const ApiUrl = z
  .url('must be an address such as "https://planes.acme.com"')
  .refine((url) => url.startsWith('https://') || LOOPBACK.test(url), 'must begin with https://')

/** Where one installation is, and where a token for it is found. No token is kept here. */
const Context = z.union([
  z.strictObject({ state: z.string() }),
  z.strictObject({ url: ApiUrl, tokenFile: z.string() }),
  z.strictObject({ url: ApiUrl, tokenCommand: z.string() }),
  // People sign in with `planes login`, by this OAuth client, which the file describes.
  z.strictObject({ url: ApiUrl, clientId: z.string(), clientFile: z.string() }),
])
export type Context = z.infer<typeof Context>

const Contexts = z.strictObject({
  version: z.literal(1),
  current: z.string().optional(),
  contexts: z.record(z.string(), Context),
})
export type Contexts = z.infer<typeof Contexts>

/** The installations that a person has named, in a file of their own. */
export type ContextStore = {
  readonly path: string
  read(): Promise<Contexts>
  /** One change after another, whoever else makes some. */
  change(change: (before: Contexts) => Contexts): Promise<Contexts>
}

/** https://specifications.freedesktop.org/basedir-spec/latest/ */
export const contextsPath = (env: NodeJS.ProcessEnv, home: string = homedir()): string =>
  join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'agents-plane', 'contexts.json')

/** The file at `path`, which nobody else may read. One that is not there names none. */
export const contextStore = (path: string, patienceMs = PATIENCE_MS): ContextStore => ({
  path,
  read: async () => parsed(path, await readText(path)),
  change: (change) => changePrivately(path, (text) => change(parsed(path, text)), patienceMs),
})

/** What signs in to a context. */
export const loginTo = (name: string): string => `planes login --context ${name}`

/** The context of this name. @throws CliError naming those there are */
export function contextOf({ contexts }: Contexts, name: string): Context {
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined
  if (found !== undefined) return found
  const names = Object.keys(contexts)
  const there = names.length > 0 ? `There is: ${names.join(', ')}.` : 'There is none yet. Add it: planes context add'
  throw new CliError(EXIT.failure, `There is no context "${name}".`, there)
}

function parsed(path: string, text: string | undefined): Contexts {
  if (text === undefined) return { version: 1, contexts: {} }
  try {
    return Contexts.parse(JSON.parse(text))
  } catch (cause) {
    throw new CliError(EXIT.failure, `${path} cannot be read.`, 'Put it right, or delete it and add contexts again.', {
      cause,
    })
  }
}
