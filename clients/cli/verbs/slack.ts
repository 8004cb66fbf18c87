import { createAppLink, slackManifest } from '../../../shared/slack/manifest.ts'
import { clean } from '../clean.ts'
import { CliError, EXIT, cancelled } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { printResult } from '../result.ts'
import type { Watching } from '../runtime.ts'
import type { Terminal } from '../terminal.ts'

/** `planes slack manifest` */
export function manifest({ url, json }: OptionsOf<'slack manifest'>, { out, err }: Terminal): ExitCode {
  const link = createAppLink(url)
  printResult(out, json, { link, manifest: slackManifest(url) }, [link])
  if (!json) err.line('Open it in a browser, choose the workspace, and create the app.')
  return EXIT.ok
}

/** `planes slack link`: whose code it is, is shown and confirmed first, because somebody else may have sent it. */
export async function linkSlack(options: OptionsOf<'slack link'>, { api, terminal }: Watching): Promise<ExitCode> {
  const { code, yes, json, dryRun = false } = options
  const whose = await api.linkSlack({ code, dryRun: true })
  const text = `Slack user ${clean(whose.user)} of workspace ${clean(whose.team)} and ${clean(whose.actor)}`
  if (!yes && !dryRun) await confirm(text, terminal)
  const result = dryRun ? whose : await api.linkSlack({ code })
  printResult(terminal.out, json, result, [`${text} ${dryRun ? 'would be' : 'are'} the same person.`])
  return EXIT.ok
}

async function confirm(text: string, terminal: Terminal): Promise<void> {
  if (!terminal.canAsk) {
    throw new CliError(
      EXIT.failure,
      `Nobody can be asked whether ${text} are the same person.`,
      'Add --yes if they are.',
    )
  }
  terminal.err.line(`${text} become the same person: whatever that user asks for in Slack, you ask for.`)
  const typed = await terminal.ask('Is that you in Slack? Type yes: ')
  if (typed.trim().toLowerCase() !== 'yes') throw cancelled('Nothing was linked.')
}
