import type { ExitCode } from '../../clients/cli/exit.ts'
import type { RemoteInvocation } from '../../clients/cli/run.ts'
import { report } from '../../clients/cli/report.ts'
import { run } from '../../clients/cli/run.ts'
import type { Runtime } from '../../clients/cli/runtime.ts'
import type { RunProgram } from '../../clients/cli/run-program.ts'
import type { CommandWorld } from './commands.ts'
import type { FakeTerminal } from './terminal.ts'

/** What happens while the command sleeps, nap after nap. `interrupt` is Ctrl-C. */
export type Nap = (interrupt: () => void) => unknown

/** Runs a command line against a plane in memory, in a terminal in memory. Naps beyond the script just pass. */
export async function runCli(
  invocation: RemoteInvocation,
  world: CommandWorld & { readonly next?: Runtime['next'] },
  terminal: FakeTerminal,
  naps: readonly Nap[] = [],
  runProgram: RunProgram = async () => ({ is: 'missing' }),
): Promise<ExitCode> {
  const control = new AbortController()
  let slept = 0
  const runtime: Runtime = {
    api: world.api,
    next: world.next ?? world.api,
    terminal,
    runProgram,
    nowMs: () => world.clock.ms,
    signal: control.signal,
    sleep: async (ms) => {
      world.clock.ms += ms
      await naps[slept++]?.(() => control.abort())
    },
  }
  try {
    return await run(invocation, runtime)
  } catch (error) {
    return report(error, terminal, invocation.options)
  }
}
