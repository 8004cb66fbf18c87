import { clean } from '../clean.ts'
import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { printResult } from '../result.ts'
import type { Runtime } from '../runtime.ts'

/** `planes open`: prints the address. It starts no browser, whose arguments every process here could read. */
export async function open({ plane, name, json }: OptionsOf<'open'>, { api, terminal }: Runtime): Promise<ExitCode> {
  const address = await api.openAgent({ plane, name })
  printResult(terminal.out, json, address, [clean(address.url)])
  terminal.err.line('Whoever has this address can use the agent: keep it to yourself.')
  return EXIT.ok
}
