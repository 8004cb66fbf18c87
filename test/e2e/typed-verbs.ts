import { DAMAGED } from './machine-record.ts'
import type { MachineRecord } from './machine-record.ts'

/** A command line without `planes`, what it says, and the entry that it leaves. */
export type TypedVerb = {
  readonly args: readonly string[]
  readonly input?: string
  readonly code?: number
  readonly says: RegExp
  readonly audited?: string
  /** What is so, or made so, before it is typed. */
  readonly first?: () => Promise<void>
}

/** Where command lines are typed. */
export type Terminal = 'cli' | 'plugin'

const PLANE = ['--plane', 'local']
const ADA = [...PLANE, '--name', 'ada']
const EVE = [...PLANE, '--email', 'eve@example.com']

const clockOf = (terminal: string): string =>
  `thinkingClock=${JSON.stringify({ every: '12h', prompt: `what is new on the ${terminal}?` })}`

/** Every verb, in an order in which each finds `ada` running, and leaves her so. `terminal` makes names of its own. */
export const typedVerbs = (terminal: Terminal, record: MachineRecord): readonly TypedVerb[] => [
  { args: ['status'], says: /^ada +Ready/m },
  { args: ['show', ...ADA], says: /local\/ada {2}Ready/ },
  { args: ['logs', ...ADA], says: /\[gateway\] ready/ },
  { args: ['open', ...ADA], says: /^http:.*#token=/, audited: 'open-agent' },
  { args: ['cost', ...PLANE], says: /ada: nobody sends a bill/ },
  { args: ['audit', ...PLANE], says: /open-agent ada/ },
  { args: ['doctor', ...PLANE], says: /API: answers at/ },
  { args: ['secret', 'set', ...ADA, '--secret', 'notes'], input: 'a value', says: /is set/, audited: 'secret-set' },
  { args: ['retry', ...ADA], code: 1, says: /no step of it has failed/ },
  {
    // She is Ready again once her OpenClaw has the clock as a job.
    args: ['update-agent', ...ADA, '--label', `team=${terminal}`, '--set', clockOf(terminal), '--wait'],
    says: /"ada" is Ready/,
    audited: 'update-agent',
  },
  // A boot takes OpenClaw half a minute of a processor: she is stopped while she starts again.
  { args: ['restart', ...ADA], says: /is being restarted/, audited: 'restart' },
  { args: ['stop', ...ADA, '--wait'], says: /"ada" is Stopped/, audited: 'stop' },
  ...(terminal === 'plugin' ? startedAtOnce : startedInVain(record)),
  ...ofPlane(terminal),
]

const startedAtOnce: readonly TypedVerb[] = [
  { args: ['start', ...ADA, '--wait'], says: /"ada" is Ready/, audited: 'start' },
]

/** One boot serves both verbs. */
const startedInVain = ({ damage, mend }: MachineRecord): readonly TypedVerb[] => [
  { first: damage, args: ['start', ...ADA, '--wait'], code: 1, says: DAMAGED, audited: 'start' },
  { first: mend, args: ['retry', ...ADA, '--wait'], says: /"ada" is Ready/, audited: 'retry' },
]

const ofPlane = (terminal: Terminal): readonly TypedVerb[] => {
  const bob = [...PLANE, '--name', `bob-${terminal}`]
  const second = `second-${terminal}`
  const by = `local@localhost \\(${terminal}\\)`
  return [
    {
      args: ['update-plane', ...PLANE, '--set', `labels={"of":"${terminal}"}`],
      code: 1,
      says: /labels/,
    },
    {
      args: ['update-plane', ...PLANE, '--retention-days', terminal === 'cli' ? '3' : '4'],
      says: /local/,
      audited: 'update-plane',
    },
    { args: ['member', 'add', ...EVE, '--role', 'viewer'], says: /is a viewer/, audited: 'member-add' },
    { args: ['member', 'list', ...PLANE], says: /viewer +eve@example.com/ },
    { args: ['member', 'remove', ...EVE, '--yes'], says: /eve@example.com/, audited: 'member-remove' },
    {
      args: ['add-agent', ...bob, '--owner', `bob-${terminal}@example.com`],
      says: /Added agent/,
      audited: 'add-agent',
    },
    {
      args: ['remove-agent', ...bob, '--purge', '--yes', '--wait'],
      says: /is Purged/,
      audited: 'remove-agent',
    },
    { args: ['create', '--name', second, '--project', 'local-plane', '--region', 'us-east4'], says: /second/ },
    { args: ['remove-plane', '--plane', second, '--yes', '--wait'], says: /second/ },
    {
      // The trail outlives its plane.
      args: ['audit', '--plane', second],
      says: new RegExp(`^${['remove-plane', 'create-plane'].map((action) => `\\S+ +${by} ${action}.*\n`).join('')}$`),
    },
  ]
}
