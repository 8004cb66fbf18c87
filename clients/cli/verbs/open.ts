import { clean } from '../clean.ts'
import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { printResult } from '../result.ts'
import type { Runtime } from '../runtime.ts'

/** `planes open`: prints the address, and what to run before it. It starts no browser, whose arguments every process here could read. */
export async function open({ plane, name, json }: OptionsOf<'open'>, { api, terminal }: Runtime): Promise<ExitCode> {
  const address = await api.openAgent({ plane, name })
  const { url, commands, ask } = address
  printResult(terminal.out, json, address, commands === undefined ? [clean(url)] : tunnelLines(url, commands))
  if (commands === undefined) terminal.err.line('Whoever has this address can use the agent: keep it to yourself.')
  terminal.err.line(`Or ask it something from a terminal: ${clean(ask)}`)
  return EXIT.ok
}

const tunnelLines = (url: string, [tunnel = '', token = '']: readonly string[]): string[] => [
  '1. Open the tunnel, and leave it open:',
  `   ${clean(tunnel)}`,
  '2. In another terminal, print the token; whoever has it can use the agent:',
  `   ${clean(token)}`,
  `3. Open ${clean(url)} and give it the token.`,
]
