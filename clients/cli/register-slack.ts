import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { common, destructive, isOn, given, verb } from './options.ts'
import type { Perform } from './register.ts'

const CODE = 'the code that /planes link gave'

/** Adds `slack manifest` and `slack link`. */
export function addSlackVerbs(program: Command, perform: Perform): void {
  const slack = program.command('slack').description('Slack as a way to planes')
  verb(
    slack,
    'manifest',
    'Print the link that creates the Slack app; with --json, its manifest',
    `slack manifest ${URL_EXAMPLE}`,
  )
    .requiredOption('--url <address>', 'where the function slack answers', parseUrl)
    .action(({ url, ...rest }) => perform({ verb: 'slack manifest', options: { ...common(rest), url } }))
  destructive(verb(slack, 'link', 'Make your Slack account and you the same person', 'slack link CODE'))
    .argument('<code>', CODE)
    .action((code: string, { yes, dryRun, ...rest }) =>
      perform({ verb: 'slack link', options: { ...common(rest), code, yes: isOn(yes), ...given({ dryRun }) } }),
    )
}

const URL_EXAMPLE = '--url https://us-east4-acme.cloudfunctions.net/slack'

/** Slack sends to nothing but https. */
function parseUrl(text: string): string {
  if (URL.canParse(text) && new URL(text).protocol === 'https:') return text
  throw new InvalidArgumentError('Give an address that begins with https://')
}
