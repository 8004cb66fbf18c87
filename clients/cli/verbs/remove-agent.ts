import { CliError, EXIT, cancelled } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { printResult } from '../result.ts'
import type { Runtime } from '../runtime.ts'
import type { Terminal } from '../terminal.ts'
import { waitFor } from '../wait.ts'

/** `planes remove-agent` */
export async function removeAgent(options: OptionsOf<'remove-agent'>, runtime: Runtime): Promise<ExitCode> {
  const { api, terminal } = runtime
  const { plane, name, purge, json } = options
  if (!options.yes) await confirm(options, terminal)
  const { agent, upToDate } = await api.removeAgent({ plane, name, purge })
  const done = `Agent "${name}" is ${upToDate ? 'removed already, or about to be' : 'being removed'}.`
  if (!options.wait) {
    printResult(terminal.out, json, { agent, upToDate }, [done])
    return EXIT.ok
  }
  terminal.err.line(done)
  const phase = purge ? 'Purged' : 'Removed'
  const gone = await waitFor(agent, { phase, timeoutMs: options.timeoutMs }, runtime)
  const kept = gone.purgeAt === undefined || gone.phase === 'Purged' ? '' : ` Its disk is kept until ${gone.purgeAt}.`
  printResult(terminal.out, json, { agent: gone, upToDate }, [`Agent "${name}" is ${gone.phase}.${kept}`])
  return EXIT.ok
}

async function confirm({ plane, name, purge }: OptionsOf<'remove-agent'>, terminal: Terminal) {
  if (!terminal.canAsk) {
    const message = `Nobody can be asked whether to remove agent "${name}".`
    throw new CliError(EXIT.failure, message, 'Add --yes if you are sure.')
  }
  const disk = purge ? 'Its disk is deleted at once.' : 'Its disk is kept for a while.'
  terminal.err.line(`This removes agent "${name}" of plane "${plane}" for good. ${disk}`)
  const typed = await terminal.ask('Type its name to confirm: ')
  if (typed.trim() !== name) throw cancelled('That is not its name; nothing was removed.')
}
