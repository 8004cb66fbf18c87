import { clean } from '../clean.ts'
import { confirmName } from '../confirm.ts'
import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { planLines } from '../plan-text.ts'
import { printResult } from '../result.ts'
import type { Runtime } from '../runtime.ts'
import { waitFor } from '../wait.ts'

/** `planes remove-agent` */
export async function removeAgent(options: OptionsOf<'remove-agent'>, runtime: Runtime): Promise<ExitCode> {
  const { api, terminal } = runtime
  const { plane, name, purge, json, dryRun } = options
  const uid = options.yes || dryRun ? undefined : await confirm(options, runtime)
  const { agent, upToDate, plan } = await api.removeAgent({ plane, name, purge, uid, ...(dryRun && { dryRun }) })
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

/** Which agent it is that was confirmed: its name may be another's by then. Whoever may not remove it is not asked. */
async function confirm({ plane, name, purge }: OptionsOf<'remove-agent'>, runtime: Runtime): Promise<string> {
  const { agent } = await runtime.api.removeAgent({ plane, name, purge, dryRun: true })
  const { uid, owner } = agent
  const disk = purge ? 'Its disk is deleted at once.' : 'Its disk is kept for a while.'
  const whose = owner === undefined ? '' : ` of ${clean(owner)}`
  const text = `This removes agent "${name}"${whose} (${uid}) from plane "${plane}" for good. ${disk}`
  await confirmName({ what: `agent "${name}"`, name, text }, runtime.terminal)
  return uid
}
