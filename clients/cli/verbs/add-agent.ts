import type { AgentView } from '../../../shared/api/views.ts'
import { clean } from '../clean.ts'
import { dryRunLines } from '../dry-run-text.ts'
import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { printResult } from '../result.ts'
import type { Runtime } from '../runtime.ts'
import type { Screen } from '../terminal.ts'
import { waitFor } from '../wait.ts'

/** `planes add-agent` */
export async function addAgent(options: OptionsOf<'add-agent'>, runtime: Runtime): Promise<ExitCode> {
  const { api, terminal } = runtime
  const { agent, upToDate, plan } = await api.addAgent(options.fields)
  const { plane, name } = agent
  if (plan !== undefined) {
    const lines = upToDate ? [`Agent "${name}" is up to date; nothing would be changed.`] : dryRunLines(agent, plan)
    printResult(terminal.out, options.json, { agent, upToDate, plan, dryRun: true }, lines)
    return EXIT.ok
  }
  const done = upToDate ? `Agent "${name}" is up to date.` : `Added agent "${name}" to plane "${plane}".`
  if (!options.wait) {
    printResult(terminal.out, options.json, { agent, upToDate }, [done])
    terminal.err.line(`See it come to life: planes status --plane ${plane} --watch`)
    return EXIT.ok
  }
  terminal.err.line(done)
  const ready = await waitFor(agent, { phase: 'Ready', timeoutMs: options.timeoutMs }, runtime)
  printResult(terminal.out, options.json, { agent: ready, upToDate }, [`Agent "${name}" is Ready.`])
  advise(ready, terminal.err)
  return EXIT.ok
}

function advise({ plane, name, model }: AgentView, err: Screen): void {
  err.line(`Open it: planes open --plane ${plane} --name ${name}`)
  if (model?.hint !== undefined) err.line(`It answers with the ${clean(model.name)}. ${clean(model.hint)}`)
}
