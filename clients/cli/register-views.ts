import { Option } from 'commander'
import type { Command } from 'commander'
import { common, duration, given, isOn, oneAgent, onePlane, parseNumber, repeatable, verb } from './options.ts'
import type { Perform } from './register.ts'

const EXAMPLE = '--plane acme-agents --name alice'

/** Adds the verbs that show something, and change nothing. */
export function addViewVerbs(program: Command, perform: Perform): void {
  addStatus(program, perform)
  addLogs(program, perform)
  oneAgent(verb(program, 'show', 'Show one agent in full', `show ${EXAMPLE}`)).action(({ plane, name, ...rest }) =>
    perform({ verb: 'show', options: { ...common(rest), plane, name } }),
  )
  const open = 'Print the address that opens the Control UI of your agent'
  repeatable(oneAgent(verb(program, 'open', open, `open ${EXAMPLE}`))).action(({ plane, name, ...rest }) =>
    perform({ verb: 'open', options: { ...common(rest), plane, name } }),
  )
  addCost(program, perform)
  addAudit(program, perform)
}

function addStatus(program: Command, perform: Perform): void {
  verb(program, 'status', 'Show planes and their agents', `status ${EXAMPLE}`)
    .aliases(['list', 'ls'])
    .option('--plane <plane>', 'only this plane')
    .option('--name <agent>', 'only this agent, with every step and condition; wants --plane')
    .option('--all', 'also agents that were purged')
    .option('--watch', 'show it again as it changes, until Ctrl-C')
    .action(({ plane, name, watch, all, ...rest }, command: Command) => {
      if (name !== undefined && plane === undefined) command.error('error: --name wants --plane too', { exitCode: 1 })
      return perform({
        verb: 'status',
        options: { ...common(rest), watch: isOn(watch), all: isOn(all), ...given({ plane, name }) },
      })
    })
}

function addLogs(program: Command, perform: Perform): void {
  oneAgent(verb(program, 'logs', 'Show what the machine of an agent logged', `logs ${EXAMPLE} --follow`))
    .option('--follow', 'go on as more is logged, until Ctrl-C')
    .addOption(duration('--since <duration>', 'how far back to begin, e.g. 10m or 1d', '1h'))
    .action(({ plane, name, follow, since, ...rest }) =>
      perform({ verb: 'logs', options: { ...common(rest), plane, name, follow: isOn(follow), sinceMs: since } }),
    )
}

function addCost(program: Command, perform: Perform): void {
  onePlane(
    verb(program, 'cost', 'Show what agents are estimated to cost, so far and in a month', 'cost --plane acme-agents'),
  )
    .option('--name <agent>', 'only this agent')
    .action(({ plane, name, ...rest }) =>
      perform({ verb: 'cost', options: { ...common(rest), plane, ...given({ name }) } }),
    )
}

function addAudit(program: Command, perform: Perform): void {
  onePlane(verb(program, 'audit', 'Show who did what, the newest first', 'audit --plane acme-agents --name alice'))
    .option('--name <agent>', 'only what was done to this agent')
    .addOption(new Option('--limit <count>', 'how many').argParser(parseNumber).default(50))
    .option('--before <id>', 'only what is older than the entry of this id')
    .action(({ plane, name, limit, before, ...rest }) =>
      perform({ verb: 'audit', options: { ...common(rest), plane, limit, ...given({ agent: name, before }) } }),
    )
}
