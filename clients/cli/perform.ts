import { setTimeout } from 'node:timers/promises'
import { apiClient } from '../../shared/api/client.ts'
import type { ExitCode } from './exit.ts'
import type { Invocation } from './invocation.ts'
import { locate } from './locate.ts'
import { processTerminal } from './process-terminal.ts'
import { report } from './report.ts'
import type { Runtime } from './runtime.ts'
import { run } from './run.ts'
import { grants } from './verbs/grants.ts'

/** What a command line was typed into, as the audit trail calls it. */
export type Surface = 'cli' | 'plugin'

/** Does what a command line asked for, in this process and its terminal. Never rejects. */
export async function perform(invocation: Invocation, surface: Surface): Promise<ExitCode> {
  const terminal = processTerminal(process)
  quietlyEndPipes()
  try {
    if (invocation.verb === 'grants') return grants(invocation.options, terminal)
    const state = invocation.options.state ?? process.env['AP_STATE_DIR']
    const { url, token } = await locate({ state, cwd: process.cwd() })
    const api = apiClient({ url, token, fetch, surface })
    return await run(invocation, { api, terminal, ...patience(), nowMs: () => Date.now() })
  } catch (error) {
    return report(error, terminal.err)
  }
}

/** Time, until Ctrl-C. */
function patience(): Pick<Runtime, 'signal' | 'sleep'> {
  const interrupt = new AbortController()
  process.once('SIGINT', () => interrupt.abort())
  const { signal } = interrupt
  const sleep = (ms: number): Promise<void> => setTimeout(ms, undefined, { signal }).catch(() => undefined)
  return { signal, sleep }
}

/** `planes status | head` is no error. */
function quietlyEndPipes(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}
