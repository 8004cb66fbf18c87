import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { ApiClient } from '../../shared/api/client.ts'
import type { Run } from './computer-findings.ts'
import type { ContextStore } from './contexts.ts'
import type { ExitCode } from './exit.ts'
import type { LocalInvocation, OptionsOf } from './invocation.ts'
import type { Located } from './locate.ts'
import type { LoginStore } from './logins.ts'
import type { Terminal } from './terminal.ts'

const PROGRAM_MS = 20_000

/** What the verbs about this computer work with. */
export type Here = {
  readonly terminal: Terminal
  readonly store: ContextStore
  readonly logins: LoginStore
  readonly connect: () => Promise<Omit<Located, 'renew'> & { readonly api: ApiClient }>
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** Runs a verb that wants no plane. @throws CliError */
export async function performLocal(invocation: LocalInvocation, here: Here): Promise<ExitCode> {
  const { terminal, store, logins } = here
  if (invocation.verb === 'grants') return (await import('./verbs/grants.ts')).grants(invocation.options, terminal)
  if (invocation.verb === 'completion') {
    return (await import('./verbs/completion.ts')).completion(invocation.options, terminal)
  }
  if (invocation.verb === 'slack manifest') {
    return (await import('./verbs/slack.ts')).manifest(invocation.options, terminal)
  }
  if (invocation.verb === 'doctor') return examine(invocation.options, here)
  if (invocation.verb === 'login' || invocation.verb === 'logout') return signInOrOut(invocation, here)
  const { addContext, listContexts, removeContext, useContext } = await import('./verbs/context.ts')
  const contextual = { store, logins, terminal, cwd: process.cwd() }
  switch (invocation.verb) {
    case 'context list':
      return listContexts(invocation.options, contextual)
    case 'context use':
      return useContext(invocation.options, contextual)
    case 'context add':
      return addContext(invocation.options, contextual)
    case 'context remove':
      return removeContext(invocation.options, contextual)
  }
}

/** Whether a verb wants no plane. */
export const isLocal = (invocation: { readonly verb: string }): invocation is LocalInvocation =>
  LOCAL.has(invocation.verb)

const LOCAL: ReadonlySet<string> = new Set<LocalInvocation['verb']>([
  'grants',
  'completion',
  'doctor',
  'slack manifest',
  'login',
  'logout',
  'context list',
  'context use',
  'context add',
  'context remove',
])

async function signInOrOut(
  invocation: Extract<LocalInvocation, { readonly verb: 'login' | 'logout' }>,
  here: Here,
): Promise<ExitCode> {
  const [{ login, logout }, { browse }] = await Promise.all([import('./verbs/login.ts'), import('./browser.ts')])
  if (invocation.verb === 'login') return login(invocation.options, { ...here, browse })
  return logout(invocation.options, { ...here, browse })
}

async function examine(options: OptionsOf<'doctor'>, { terminal, connect, signal }: Here): Promise<ExitCode> {
  const [{ doctor }, { hasEmulators }, { personOf }] = await Promise.all([
    import('./verbs/doctor.ts'),
    import('./installed-emulators.ts'),
    import('./person-of.ts'),
  ])
  const run = runUntil(signal)
  return doctor(options, {
    terminal,
    signal,
    connect: async () => {
      const there = await connect()
      return { ...there, person: there.person ?? personOf(there.token) }
    },
    nodeVersion: process.version,
    run,
    hasEmulators: () => hasEmulators(run, process.env),
  })
}

/** Some programs print their version as if it were an error. */
const runUntil =
  (signal: AbortSignal): Run =>
  async (program, args) => {
    try {
      const { stdout, stderr } = await promisify(execFile)(program, [...args], { timeout: PROGRAM_MS, signal })
      return stdout + stderr
    } catch {
      return undefined
    }
  }
