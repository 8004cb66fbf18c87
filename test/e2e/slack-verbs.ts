import { OTHER, admins, everybody, keepers, notTheirs, owners, typedBy } from './typed-rights.ts'
import type { Standing } from './typed-rights.ts'
import type { TypedVerb } from './typed-verbs.ts'

/** Who has the agent that is added in Slack, as one mentions them there. */
const BOB = '<@U0BOB|bob>'

/** What is so before the next verb is typed. */
type Between = Readonly<Record<'bobIsGone' | 'adaIsStopped' | 'adaFails', () => Promise<void>>>

const START: TypedVerb = { args: ['start', 'ada'], says: /is being started/, audited: 'start' }
const RETRY: TypedVerb = { args: ['retry', 'ada'], says: /does its failed steps once more/, audited: 'retry' }
const UNLINK: TypedVerb = { args: ['unlink'], says: /The link is forgotten/, audited: 'slack-unlink' }

/** Every verb as an admin types it after `/planes`, in an order that leaves `ada` failing. */
export const slackVerbs = ({ bobIsGone, adaIsStopped, adaFails }: Between): readonly TypedVerb[] => [
  { args: ['help'], says: /\/planes restart \[NAME\]/ },
  { args: ['whoami'], says: /You are \*local@localhost\*, an admin of \*local\*\. Your agents: .*ada/ },
  { args: ['status'], says: /ada: Ready/ },
  { args: ['show', 'ada'], says: /local\/ada is Ready/ },
  { args: ['logs', 'ada'], says: /\[gateway\]|info/ },
  { args: ['cost'], says: /ada: nobody sends a bill/ },
  { args: ['retry', 'ada'], says: /no step of it has failed/ },
  { args: ['secret', 'set', 'notes', 'hush'], says: /never go through Slack/ },
  { args: ['add', BOB, 'bob-of-slack'], says: /is being made for bob@example.com/, audited: 'add-agent' },
  { args: ['remove', 'bob-of-slack'], says: /Remove local\/bob-of-slack for good/, audited: 'remove-agent' },
  { first: bobIsGone, args: ['restart', 'ada'], says: /is being restarted/, audited: 'restart' },
  { args: ['stop', 'ada'], says: /is being stopped/, audited: 'stop' },
  { first: adaIsStopped, ...START },
  { first: adaFails, ...UNLINK },
]

/** What only an owner types, and what an owner may type without a name. */
export const ownersOpen: TypedVerb = {
  args: ['open'],
  says: /planes open --plane local --name ada/,
  audited: 'open-agent',
}
export const ownersRetry: TypedVerb = { ...RETRY, args: ['retry'] }

const WHOAMI: Readonly<Record<Standing, RegExp>> = {
  admin: /You are \*amy@example\.com\*, an admin of \*local\*/,
  viewer: /You are \*vera@example\.com\*, a viewer of \*local\*/,
  owner: /You are \*ada@example\.com\*\. Your agents: ada/,
}

/**
 * What such a person is told in Slack while the machine of `ada` fails, and leaves; at the end, nobody is linked who was not
 * from the beginning. Slack knows no exit codes.
 */
export const slackRights = (who: Standing): readonly TypedVerb[] => [
  { args: ['whoami'], says: WHOAMI[who] },
  ...typedBy(
    who,
    [
      { args: ['status'], says: /ada: Degraded/, ...everybody },
      { args: ['show', 'ada'], says: /local\/ada is Degraded/, ...everybody },
      { args: ['cost'], says: /ada: nobody sends a bill/, ...everybody },
      { args: ['logs', 'ada'], says: /\[gateway\]|info/, ...keepers },
      { args: ['open', 'ada'], says: /has no gateway that could be opened yet/, ...owners },
      {
        args: ['add', BOB, 'bob-of-amy'],
        says: /is being made for bob@example.com/,
        audited: 'add-agent',
        ...admins,
      },
      {
        args: ['remove', who === 'admin' ? 'bob-of-amy' : 'ada'],
        says: /Remove local\/bob-of-amy for good/,
        audited: 'remove-agent',
        ...admins,
      },
    ],
    0,
  ),
  ...notTheirs(who, ['restart', OTHER.name], 0),
  ...(who === 'owner' ? [] : [UNLINK]),
]

/** What boots her, and what is said to it. */
export const slackRightsInVain = (who: Standing): readonly TypedVerb[] =>
  typedBy(
    who,
    [
      { args: ['restart', 'ada'], says: /is being restarted/, audited: 'restart', ...keepers },
      { args: ['stop', 'ada'], says: /is being stopped/, audited: 'stop', ...keepers },
      { ...START, ...keepers },
      { ...RETRY, ...keepers },
    ],
    0,
  )
