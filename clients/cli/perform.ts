import { createHash, randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { apiClient } from '../../shared/api/client.ts'
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
import { runUntil } from './run-program.ts'
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
  const connect = async (): Promise<Located & Pick<Runtime, 'api' | 'next'>> => {
    const { context, state = process.env['AP_STATE_DIR'], idempotencyKey: key = randomUUID() } = invocation.options
    located = await locateApi({ context, state, cwd: process.cwd() }, remembered)
    // One key for each wish of this command line: whatever is sent again because an answer was lost is done once.
    const address = { url: located.url, token: currentToken(located, nowMs), fetch: ask, surface }
    return { ...located, api: apiClient({ ...address, key }), next: apiClient({ ...address, key: keyAfter(key) }) }
  }
  try {
    if (isLocal(invocation)) return await performLocal(invocation, { ...remembered, terminal, connect })
    const { api, next } = await connect()
    return await run(invocation, { api, next, terminal, signal, sleep, nowMs, runProgram: runUntil(signal) })
  } catch (error) {
    // Ctrl-C is how these are meant to end.
    if (signal.aborted && isEndless(invocation.options)) return EXIT.ok
    return report(signal.aborted && !isCancelled(error) ? cancelled() : error, terminal, {
      ...invocation.options,
      located,
    })
  }
}

/** The same for the same key, and as long, whatever its length. */
const keyAfter = (key: string): string => createHash('sha256').update(`after ${key}`).digest('hex')

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
