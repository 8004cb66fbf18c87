import { contextOf, loginTo } from '../contexts.ts'
import type { Context, ContextStore } from '../contexts.ts'
import { clean } from '../clean.ts'
import { endLogin } from '../end-login.ts'
import { CliError, EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import type { LoginStore } from '../logins.ts'
import { readClient } from '../oauth-client.ts'
import { personOf } from '../person-of.ts'
import { printResult } from '../result.ts'
import { signIn } from '../sign-in.ts'
import type { Terminal } from '../terminal.ts'

/** What signing in and out works with. */
export type SigningIn = {
  readonly store: ContextStore
  readonly logins: LoginStore
  readonly terminal: Terminal
  /** Opens an address in a browser, if there is one. */
  readonly browse: (address: string) => void
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/**
 * `planes login`: the address is printed in any case, for the browser may be elsewhere. A login from before ends first:
 * ended later, it takes the new one with it, for Google ends all of a person and a client at once.
 */
export async function login(options: OptionsOf<'login'>, with_: SigningIn): Promise<ExitCode> {
  const { terminal } = with_
  const { browser, timeoutMs, json } = options
  const { name, ...context } = await contextWithClient(options.context, with_.store)
  const client = await readClient(context.clientFile)
  const show = (address: string): void => {
    terminal.err.line('Sign in at this address, on this machine:')
    terminal.err.line(clean(address))
    if (browser) with_.browse(address)
  }
  const again = `Try again: ${loginTo(name)}`
  await endLogin(name, context, with_)
  const { idToken, refreshToken } = await signIn(client, { show, timeoutMs, signal: with_.signal, again })
  await with_.logins.write(name, { clientId: context.clientId, refreshToken })
  const person = personOf(idToken)
  const as = person === undefined ? '' : ` as ${clean(person)}`
  printResult(terminal.out, json, { context: name, ...(person && { person }) }, [
    `Signed in to context "${clean(name)}"${as}.`,
  ])
  return EXIT.ok
}

/** `planes logout`: what was kept here goes in any case. */
export async function logout(options: OptionsOf<'logout'>, with_: SigningIn): Promise<ExitCode> {
  const { name, ...context } = await contextWithClient(options.context, with_.store)
  const upToDate = !(await endLogin(name, context, with_))
  const done = upToDate ? 'Nobody was signed in to' : 'Signed out of'
  printResult(with_.terminal.out, options.json, { context: name, upToDate }, [`${done} context "${clean(name)}".`])
  return EXIT.ok
}

type WithClient = Extract<Context, { readonly clientId: string }>

/** The context that is meant. @throws CliError when people do not sign in to it here */
async function contextWithClient(
  wanted: string | undefined,
  store: ContextStore,
): Promise<WithClient & { name: string }> {
  const contexts = await store.read()
  const name = wanted ?? contexts.current
  if (name === undefined) throw new CliError(EXIT.failure, 'There is no context to sign in to.', ADD)
  const context = contextOf(contexts, name)
  if ('clientId' in context) return { name, ...context }
  throw new CliError(EXIT.failure, `Context "${name}" names no OAuth client to sign in with.`, ADD)
}

const ADD = 'Name one: planes context add NAME --url ADDRESS --client-file PATH'
