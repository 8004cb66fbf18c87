import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { apiClient } from '../../shared/api/client.ts'
import type { ApiClient } from '../../shared/api/client.ts'
import { contextStore, contextsPath } from './contexts.ts'
import { currentToken } from './current-token.ts'
import { CliError, EXIT, cancelled } from './exit.ts'
import type { ExitCode } from './exit.ts'
import { isEndless } from './invocation.ts'
import type { Invocation } from './invocation.ts'
import { locateApi } from './locate-context.ts'
import type { Located } from './locate.ts'
import { loginStore, loginsFolder } from './logins.ts'
import { isLocal, performLocal } from './perform-local.ts'
import { processTerminal } from './process-terminal.ts'
import { report } from './report.ts'
import { run } from './run.ts'
import type { Runtime } from './runtime.ts'

const nowMs = (): number => Date.now()

/** What a command line was typed into, as the audit trail calls it. */
export type Surface = 'cli' | 'plugin'

/** Does what a command line asked for, in this process and its terminal. Never rejects. */
export async function perform(invocation: Invocation, surface: Surface): Promise<ExitCode> {
  const terminal = processTerminal(process)
  let located: Located | undefined
  const { signal, sleep } = patience()
  const remembered = {
    store: contextStore(contextsPath(process.env)),
    logins: loginStore(loginsFolder(process.env)),
    signal,
  }
  const ask = (request: Request) => fetch(request, { signal: AbortSignal.any([request.signal, signal]) })
  const connect = async (): Promise<Located & { readonly api: ApiClient }> => {
    const { context, state = process.env['AP_STATE_DIR'], idempotencyKey: key = randomUUID() } = invocation.options
    located = await locateApi({ context, state, cwd: process.cwd() }, remembered)
    // One key for all that this command line asks: whatever is sent again because an answer was lost is done once.
    const token = currentToken(located, nowMs)
    return { ...located, api: apiClient({ url: located.url, token, fetch: ask, surface, key }) }
  }
  try {
    if (isLocal(invocation)) return await performLocal(invocation, { ...remembered, terminal, connect })
    const { api } = await connect()
    return await run(invocation, { api, terminal, signal, sleep, nowMs })
  } catch (error) {
    // Ctrl-C is how these are meant to end.
    if (signal.aborted && isEndless(invocation.options)) return EXIT.ok
    return report(signal.aborted && !isCancelled(error) ? cancelled() : error, terminal, {
      ...invocation.options,
      located,
    })
  }
}

/** Who was interrupted may have said already what that means. */
const isCancelled = (error: unknown): boolean => error instanceof CliError && error.exitCode === EXIT.cancelled

/** Time, until Ctrl-C. */
function patience(): Pick<Runtime, 'signal' | 'sleep'> {
  const interrupt = new AbortController()
  process.once('SIGINT', () => interrupt.abort())
  const { signal } = interrupt
  const sleep = (ms: number): Promise<void> => setTimeout(ms, undefined, { signal }).catch(() => undefined)
  return { signal, sleep }
}
