import { resolve } from 'node:path'
import { ApiUrl, contextOf } from '../contexts.ts'
import type { Context, ContextStore, Contexts } from '../contexts.ts'
import { clean } from '../clean.ts'
import { endLogin } from '../end-login.ts'
import { CliError, EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import type { LoginStore } from '../logins.ts'
import { readClient } from '../oauth-client.ts'
import { printResult } from '../result.ts'
import type { Terminal } from '../terminal.ts'

/** What the verbs about contexts work with. */
export type Contextual = {
  readonly store: ContextStore
  readonly logins: LoginStore
  readonly terminal: Terminal
  readonly cwd: string
}

/** `planes context list` */
export async function listContexts(
  { json }: OptionsOf<'context list'>,
  { store, terminal }: Contextual,
): Promise<ExitCode> {
  const { current, contexts } = await store.read()
  const lines = Object.entries(contexts).map(
    ([name, context]) => `${name === current ? '*' : ' '} ${clean(name)}  ${clean(placeOf(context))}`,
  )
  printResult(terminal.out, json, { ...(current !== undefined && { current }), contexts }, lines)
  if (lines.length === 0) terminal.err.line('There is none yet: a local plane is looked for here and above.')
  return EXIT.ok
}

/** `planes context use` */
export async function useContext(
  { name, json }: OptionsOf<'context use'>,
  { store, terminal }: Contextual,
): Promise<ExitCode> {
  await store.change((before) => {
    contextOf(before, name)
    return { ...before, current: name }
  })
  printResult(terminal.out, json, { current: name }, [`Context "${name}" is meant from now on.`])
  return EXIT.ok
}

/** `planes context add`: the first one is meant at once. Who signed in to another of this name is signed out. */
export async function addContext(options: OptionsOf<'context add'>, with_: Contextual): Promise<ExitCode> {
  const { store, terminal, cwd } = with_
  const { name, json } = options
  const context = await contextFrom(options, cwd)
  const { contexts } = await store.read()
  const old = Object.hasOwn(contexts, name) ? contexts[name] : undefined
  if (old !== undefined && !isSameSignIn(old, context)) await endLogin(name, old, with_)
  const { current = name } = await store.change((before) => ({
    ...before,
    current: before.current ?? name,
    contexts: { ...before.contexts, [name]: context },
  }))
  const meant = current === name ? ' It is the one that is meant.' : ` To mean it: planes context use ${name}`
  printResult(terminal.out, json, { name, context, current }, [`Context "${name}" is ${placeOf(context)}.${meant}`])
  return EXIT.ok
}

/** `planes context remove`: who signed in to it is signed out, too. */
export async function removeContext(options: OptionsOf<'context remove'>, with_: Contextual): Promise<ExitCode> {
  const { store, terminal } = with_
  const { name, json } = options
  await endLogin(name, contextOf(await store.read(), name), with_)
  await store.change((before) => without(before, name))
  printResult(terminal.out, json, { removed: name }, [`Context "${name}" is forgotten.`])
  return EXIT.ok
}

function without({ current, ...before }: Contexts, name: string): Contexts {
  const { [name]: _, ...contexts } = before.contexts
  return { ...before, ...(current !== undefined && current !== name && { current }), contexts }
}

/** Wherever the client's file lies by now. */
const isSameSignIn = (old: Context, context: Context): boolean =>
  'clientId' in old && 'clientId' in context && old.clientId === context.clientId && old.url === context.url

async function contextFrom(options: OptionsOf<'context add'>, cwd: string): Promise<Context> {
  const { url, state, clientFile, tokenFile, tokenCommand } = options
  const ways = [state, clientFile, tokenFile, tokenCommand].filter((way) => way !== undefined)
  if (ways.length !== 1 || (url === undefined) !== (state !== undefined)) throw ambiguous()
  if (state !== undefined) return { state: resolve(cwd, state) }
  const parsed = ApiUrl.safeParse(url)
  if (!parsed.success) throw new CliError(EXIT.failure, `--url ${parsed.error.issues[0]?.message ?? 'is no address'}.`)
  if (clientFile !== undefined) return withClient(parsed.data, resolve(cwd, clientFile))
  return tokenFile === undefined
    ? { url: parsed.data, tokenCommand: tokenCommand ?? '' }
    : { url: parsed.data, tokenFile: resolve(cwd, tokenFile) }
}

async function withClient(url: string, clientFile: string): Promise<Context> {
  return { url, clientId: (await readClient(clientFile)).id, clientFile }
}

const ambiguous = (): CliError =>
  new CliError(
    EXIT.failure,
    'Say where the installation is.',
    'Give --state FOLDER of a local plane; or --url ADDRESS, with --client-file PATH, --token-file PATH or --token-command COMMAND.',
  )

const placeOf = (context: Context): string =>
  'state' in context ? `the local plane in ${context.state}` : `${context.url}, ${wayOf(context)}`

function wayOf(context: Exclude<Context, { readonly state: string }>): string {
  if ('clientId' in context) return `to sign in to by ${context.clientId}`
  return `with a token from ${'tokenFile' in context ? context.tokenFile : context.tokenCommand}`
}
