import { confirmName } from '../confirm.ts'
import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { planLines } from '../plan-text.ts'
import { printResult } from '../result.ts'
import type { Runtime } from '../runtime.ts'
import type { Terminal } from '../terminal.ts'
import { waitFor } from '../wait.ts'

/** `planes remove-agent` */
export async function removeAgent(options: OptionsOf<'remove-agent'>, runtime: Runtime): Promise<ExitCode> {
  const { api, terminal } = runtime
  const { plane, name, purge, json, dryRun } = options
  if (!options.yes && !dryRun) await confirm(options, terminal)
  const { agent, upToDate, plan } = await api.removeAgent({ plane, name, purge, ...(dryRun && { dryRun }) })
  if (plan !== undefined) {
    printResult(terminal.out, json, { agent, upToDate, plan }, planLines(plan))
    return EXIT.ok
  }
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

function confirm({ plane, name, purge }: OptionsOf<'remove-agent'>, terminal: Terminal): Promise<void> {
  const disk = purge ? 'Its disk is deleted at once.' : 'Its disk is kept for a while.'
  const text = `This removes agent "${name}" of plane "${plane}" for good. ${disk}`
  return confirmName({ what: `agent "${name}"`, name, text }, terminal)
}
