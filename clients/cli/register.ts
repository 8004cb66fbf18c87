import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import { parseDuration } from './duration.ts'
import type { Common, Invocation } from './invocation.ts'
import { addGrants } from './register-grants.ts'

/** Does what a command line asked for. */
export type Perform = (invocation: Invocation) => Promise<void>

type Raw = Readonly<Record<string, unknown>>

/** Adds every verb to `program`. Nothing but command lines is understood here: `perform` does the work. */
export function registerPlanes(program: Command, perform: Perform): void {
  addCreate(program, perform)
  addAddAgent(program, perform)
  addStatus(program, perform)
  addLogs(program, perform)
  addRetry(program, perform)
  addRemoveAgent(program, perform)
  addSecret(program, perform)
  addOpen(program, perform)
  addGrants(program, perform)
}

function addCreate(program: Command, perform: Perform): void {
  verb(program, 'create', 'Create a plane: the fleet of one organisation in one project and region')
    .requiredOption('--name <plane>', 'what to call it, e.g. acme-agents')
    .requiredOption('--project <project>', 'the Google Cloud project it lives in')
    .requiredOption('--region <region>', 'e.g. us-east4')
    .option('--backend <backend>', 'where its agents run: vm, kubernetes or process')
    .action(({ name, project, region, backend, ...rest }) =>
      perform({ verb: 'create', options: { ...common(rest), fields: given({ name, project, region, backend }) } }),
    )
}

function addAddAgent(program: Command, perform: Perform): void {
  const command = oneAgent(verb(program, 'add-agent', 'Give a person an agent of their own'))
    .requiredOption('--owner <email>', 'whose agent it is; this cannot be changed later')
    .option('--vm-type <type>', 'machine size, e.g. e2-medium')
    .option('--model <provider/name>', 'the model it thinks with', parseModel)
    .option('--model-key <secret>', 'the name of the secret that holds the API key of the model')
    .option('--secret <names...>', 'names of secrets it may read; values are set with: planes secret set')
    .option('--dry-run', 'change nothing: show what it would be, and what it is estimated to cost')
  waiting(command, '10m').action(({ plane, name, owner, vmType, model, modelKey, secret, ...rest }) => {
    if ((model === undefined) !== (modelKey === undefined)) {
      command.error('error: --model and --model-key belong together', { exitCode: 1 })
    }
    const chosen = model === undefined ? undefined : { ...model, apiKeySecret: modelKey }
    const { wait, timeout, dryRun } = rest
    const fields = given({ plane, name, owner, machineType: vmType, model: chosen, secrets: secret, dryRun })
    return perform({ verb: 'add-agent', options: { ...common(rest), wait: isOn(wait), timeoutMs: timeout, fields } })
  })
}

function addStatus(program: Command, perform: Perform): void {
  verb(program, 'status', 'Show planes and their agents')
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
  oneAgent(verb(program, 'logs', 'Show what the machine of an agent logged'))
    .option('--follow', 'go on as more is logged, until Ctrl-C')
    .addOption(duration('--since <duration>', 'how far back to begin, e.g. 10m or 1d', '1h'))
    .action(({ plane, name, follow, since, ...rest }) =>
      perform({ verb: 'logs', options: { ...common(rest), plane, name, follow: isOn(follow), sinceMs: since } }),
    )
}

function addRetry(program: Command, perform: Perform): void {
  const command = verb(program, 'retry', 'Do the failed steps of an agent, or of a plane, once more')
    .requiredOption('--plane <plane>', 'the plane')
    .option('--name <agent>', 'the agent; without it, the steps of the plane itself')
  waiting(command, '10m').action(({ plane, name, wait, timeout, ...rest }) =>
    perform({
      verb: 'retry',
      options: { ...common(rest), plane, wait: isOn(wait), timeoutMs: timeout, ...given({ name }) },
    }),
  )
}

function addRemoveAgent(program: Command, perform: Perform): void {
  const command = verb(program, 'remove-agent', 'Remove an agent for good; its disk is kept for a while')
  waiting(oneAgent(command).option('--purge', 'delete its disk at once, too'), '10m')
    .option('--yes', 'do not ask; required where nobody can be asked')
    .action(({ plane, name, purge, yes, wait, timeout, ...rest }) =>
      perform({
        verb: 'remove-agent',
        options: {
          ...common(rest),
          plane,
          name,
          purge: isOn(purge),
          yes: isOn(yes),
          wait: isOn(wait),
          timeoutMs: timeout,
        },
      }),
    )
}

function addSecret(program: Command, perform: Perform): void {
  const secret = program.command('secret').description('Secrets of an agent')
  oneAgent(verb(secret, 'set', 'Set a secret; its value is read from standard input, or asked for'))
    .requiredOption('--secret <key>', 'the name of the secret, e.g. openai-api-key')
    .option('--model <provider/name>', 'make it the API key of this model, which the agent then uses', parseModel)
    .action(({ plane, name, secret: key, model, ...rest }) =>
      perform({ verb: 'secret set', options: { ...common(rest), plane, name, key, ...given({ model }) } }),
    )
}

function addOpen(program: Command, perform: Perform): void {
  oneAgent(verb(program, 'open', 'Print the address that opens the Control UI of your agent')).action(
    ({ plane, name, ...rest }) => perform({ verb: 'open', options: { ...common(rest), plane, name } }),
  )
}

const verb = (program: Command, name: string, description: string): Command =>
  program
    .command(name)
    .description(description)
    .option('--state <folder>', 'state folder of the local plane (also AP_STATE_DIR)')
    .option('--json', 'print JSON')

const oneAgent = (command: Command): Command =>
  command.requiredOption('--plane <plane>', 'the plane').requiredOption('--name <agent>', 'the agent')

const waiting = (command: Command, timeout: string): Command =>
  command
    .option('--wait', 'wait until it is done, showing every step')
    .addOption(duration('--timeout <duration>', 'how long to wait', timeout))

const duration = (flags: string, description: string, preset: string): Option =>
  new Option(flags, description).argParser(parseTime).default(parseTime(preset), preset)

const common = ({ state, json }: Raw): Common => ({ json: isOn(json), ...given({ state }) }) as Common

/** A flag that was not given is off. */
const isOn = (flag: unknown): boolean => flag === true

/** Without the options that were not given. */
const given = <T extends Raw>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T

function parseTime(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw new InvalidArgumentError('Give a number and s, m, h or d, e.g. "10m".')
  return ms
}

function parseModel(text: string): { provider: string; name: string } {
  const [, provider, name] = /^([^/]+)\/(.+)$/.exec(text) ?? []
  if (provider === undefined || name === undefined) {
    throw new InvalidArgumentError('Give a provider and a model, e.g. "openai/gpt-5".')
  }
  return { provider, name }
}
