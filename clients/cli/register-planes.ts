import type { Command } from 'commander'
import {
  changing,
  common,
  destructive,
  given,
  isOn,
  onePlane,
  parseField,
  parseNumber,
  patience,
  verb,
  waiting,
} from './options.ts'
import type { Perform } from './register.ts'

/** Adds the verbs that are about planes. */
export function addPlaneVerbs(program: Command, perform: Perform): void {
  addCreate(program, perform)
  addUpdatePlane(program, perform)
  addRemovePlane(program, perform)
}

function addCreate(program: Command, perform: Perform): void {
  const example = 'create --name acme-agents --project acme-prod --region us-east4'
  const text = 'Create a plane: the fleet of one organisation in one project and region'
  const command = changing(verb(program, 'create', text, example))
    .alias('create-plane')
    .requiredOption('--name <plane>', 'what to call it, e.g. acme-agents')
    .requiredOption('--project <project>', 'the Google Cloud project it lives in')
    .requiredOption('--region <region>', 'e.g. us-east4')
    .option('--backend <backend>', 'where its agents run: vm, kubernetes or process')
  waiting(settable(command)).action(({ name, project, region, backend, dryRun, ...rest }) => {
    const fields = { ...settings(rest), ...given({ name, project, region, backend, dryRun }) }
    return perform({ verb: 'create', options: { ...common(rest), ...patience(rest), fields } })
  })
}

/** What of a plane can be said when it is made and later. */
const settable = (command: Command): Command =>
  command
    .option('--zone <zones...>', 'the zones of its region that agents may be in')
    .option('--allowed-domain <domains...>', 'domains that owners have to be of')
    .option('--retention-days <days>', 'how long disks of removed agents are kept', parseNumber)
    .option('--budget <usd>', 'what it may cost in a month', parseNumber)
    .option('--set <field=value...>', 'any other field; its value as JSON or text', parseField)

type Settings = Readonly<Partial<Record<'zone' | 'allowedDomain' | 'retentionDays' | 'budget', unknown>>> & {
  readonly set?: object
}

const settings = ({ zone, allowedDomain, retentionDays, budget, set }: Settings): object => ({
  ...set,
  ...given({ zones: zone, allowedDomains: allowedDomain, retentionDays, budgetUsdPerMonth: budget }),
})

function addUpdatePlane(program: Command, perform: Perform): void {
  const example = 'update-plane --plane acme-agents --retention-days 30'
  const command = changing(onePlane(verb(program, 'update-plane', 'Change what a plane is to be like', example)))
  waiting(settable(command).option('--unset <fields...>', 'fields to take away, e.g. budgetUsdPerMonth')).action(
    ({ plane, unset, dryRun, ...rest }) => {
      const fields = { plane, ...cleared(unset), ...settings(rest), ...given({ dryRun }) }
      return perform({ verb: 'update-plane', options: { ...common(rest), ...patience(rest), fields } })
    },
  )
}

/** Fields that are to go, as the API is told. */
export const cleared = (names: readonly string[] = []): Readonly<Record<string, null>> =>
  Object.fromEntries(names.map((name) => [name, null]))

function addRemovePlane(program: Command, perform: Perform): void {
  const example = 'remove-plane --plane acme-agents'
  const text = 'Remove a plane without agents for good'
  waiting(destructive(onePlane(verb(program, 'remove-plane', text, example)))).action(
    ({ plane, yes, dryRun, ...rest }) =>
      perform({
        verb: 'remove-plane',
        options: { ...common(rest), ...patience(rest), plane, yes: isOn(yes), ...given({ dryRun }) },
      }),
  )
}
