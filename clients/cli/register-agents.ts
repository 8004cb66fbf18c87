import type { Command } from 'commander'
import {
  changing,
  common,
  destructive,
  duration,
  given,
  isOn,
  oneAgent,
  onePlane,
  parseField,
  parseModel,
  parseNumber,
  parsePair,
  patience,
  repeatable,
  verb,
  waiting,
} from './options.ts'
import type { Raw } from './options.ts'
import { cleared } from './register-planes.ts'
import type { Perform } from './register.ts'

const EXAMPLE = '--plane acme-agents --name alice'

/** Adds the verbs that change an agent. */
export function addAgentVerbs(program: Command, perform: Perform): void {
  addAddAgent(program, perform)
  addUpdateAgent(program, perform)
  addStates(program, perform)
  addRetry(program, perform)
  addRemoveAgent(program, perform)
  addSecret(program, perform)
}

function addAddAgent(program: Command, perform: Perform): void {
  const example = `add-agent ${EXAMPLE} --owner alice@acme.com --vm-type e2-medium`
  const one = oneAgent(verb(program, 'add-agent', 'Give a person an agent of their own', example)).alias('add')
  const command = fields(repeatable(one))
    .requiredOption('--owner <email>', 'whose agent it is; this cannot be changed later')
    .option('--zone <zone>', 'where it is to be; this cannot be changed later')
    .option('--dry-run', 'change nothing: show what it would be and cost, and which steps would run')
  waiting(command).action(({ plane, name, owner, zone, dryRun, ...rest }) => {
    const wanted = { plane, name, owner, ...fieldsOf(rest, command), ...given({ zone, dryRun }) }
    return perform({ verb: 'add-agent', options: { ...common(rest), ...patience(rest), fields: wanted } })
  })
}

function addUpdateAgent(program: Command, perform: Perform): void {
  const example = `update-agent ${EXAMPLE} --vm-type e2-standard-2`
  const command = fields(oneAgent(verb(program, 'update-agent', 'Change what an agent is to be like', example)))
  waiting(changing(command).option('--unset <fields...>', 'fields to take away, e.g. openclawVersion')).action(
    ({ plane, name, unset, dryRun, ...rest }) => {
      const wanted = { plane, name, ...cleared(unset), ...fieldsOf(rest, command), ...given({ dryRun }) }
      return perform({ verb: 'update-agent', options: { ...common(rest), ...patience(rest), fields: wanted } })
    },
  )
}

const fields = (command: Command): Command =>
  command
    .option('--vm-type <type>', 'machine size, e.g. e2-medium')
    .option('--openclaw-version <release>', 'the release of OpenClaw, e.g. 2026.9.6')
    .option('--model <provider/name>', 'the model it thinks with', parseModel)
    .option('--model-key <secret>', 'the name of the secret that holds the API key of the model')
    .option('--secret <names...>', 'names of secrets it may read; values are set with: planes secret set')
    .option('--label <key=value...>', 'labels for the invoice', parsePair)
    .option('--budget <usd>', 'what it may cost in a month', parseNumber)
    .option('--set <field=value...>', 'any other field, e.g. openclawHeartbeat={"every":"30m"}', parseField)

function fieldsOf(
  { vmType, openclawVersion, model, modelKey, secret, label, budget, set }: Raw,
  command: Command,
): object {
  if ((model === undefined) !== (modelKey === undefined)) {
    command.error('error: --model and --model-key belong together', { exitCode: 1 })
  }
  const chosen = model === undefined ? undefined : { ...Object(model), apiKeySecret: modelKey }
  return {
    ...Object(set),
    ...given({
      machineType: vmType,
      openclawVersion,
      model: chosen,
      secrets: secret,
      labels: label,
      budgetUsdPerMonth: budget,
    }),
  }
}

const STATES = {
  start: 'Start a stopped agent',
  stop: 'Stop an agent; its disk and its secrets stay',
  restart: 'Start what runs on the machine of an agent anew',
} as const

function addStates(program: Command, perform: Perform): void {
  for (const name of ['start', 'stop', 'restart'] as const) {
    const command = changing(oneAgent(verb(program, name, STATES[name], `${name} ${EXAMPLE}`)))
    waiting(command).action(({ plane, name: agent, dryRun, ...rest }) =>
      perform({
        verb: name,
        options: { ...common(rest), ...patience(rest), plane, name: agent, ...given({ dryRun }) },
      }),
    )
  }
}

function addRetry(program: Command, perform: Perform): void {
  const text = 'Do the failed steps of an agent, or of a plane, once more'
  const command = changing(onePlane(verb(program, 'retry', text, `retry ${EXAMPLE}`))).option(
    '--name <agent>',
    'the agent; without it, the steps of the plane itself',
  )
  waiting(command).action(({ plane, name, dryRun, ...rest }) =>
    perform({ verb: 'retry', options: { ...common(rest), plane, ...patience(rest), ...given({ name, dryRun }) } }),
  )
}

function addRemoveAgent(program: Command, perform: Perform): void {
  const text = 'Remove an agent for good; its disk is kept for a while'
  const command = destructive(oneAgent(verb(program, 'remove-agent', text, `remove-agent ${EXAMPLE}`))).aliases([
    'remove',
    'rm',
  ])
  waiting(command.option('--purge', 'delete its disk at once, too')).action(
    ({ plane, name, purge, yes, dryRun, ...rest }) => {
      const flags = { purge: isOn(purge), yes: isOn(yes), ...given({ dryRun }) }
      return perform({
        verb: 'remove-agent',
        options: { ...common(rest), plane, name, ...flags, ...patience(rest) },
      })
    },
  )
}

function addSecret(program: Command, perform: Perform): void {
  const secret = program.command('secret').description('Secrets of an agent')
  const text = 'Set a secret; its value comes from standard input, or is asked for'
  changing(oneAgent(verb(secret, 'set', text, `secret set ${EXAMPLE} --secret openai-api-key`)))
    .requiredOption('--secret <key>', 'the name of the secret, e.g. openai-api-key')
    .option('--model <provider/name>', 'make it the API key of this model, which the agent then uses', parseModel)
    .addOption(
      duration(
        '--timeout <duration>',
        'how long to wait while its place, or the right to it, is still being made',
        '30s',
      ),
    )
    .action(({ plane, name, secret: key, model, dryRun, timeout: timeoutMs, ...rest }) =>
      perform({
        verb: 'secret set',
        options: { ...common(rest), plane, name, key, timeoutMs, ...given({ model, dryRun }) },
      }),
    )
}
