import type { ExitCode } from './exit.ts'
import type { Invocation, LocalInvocation } from './invocation.ts'
import type { Runtime } from './runtime.ts'
import { addAgent } from './verbs/add-agent.ts'
import { audit } from './verbs/audit.ts'
import { changeState, updateAgent } from './verbs/change-agent.ts'
import { removePlane, updatePlane } from './verbs/change-plane.ts'
import { cost } from './verbs/cost.ts'
import { create } from './verbs/create.ts'
import { logs } from './verbs/logs.ts'
import { addMember, listMembers, removeMember } from './verbs/member.ts'
import { open } from './verbs/open.ts'
import { removeAgent } from './verbs/remove-agent.ts'
import { retryFailed } from './verbs/retry.ts'
import { secretSet } from './verbs/secret-set.ts'
import { show } from './verbs/show.ts'
import { linkSlack } from './verbs/slack.ts'
import { status } from './verbs/status.ts'

/** What is asked of a plane. */
export type RemoteInvocation = Exclude<Invocation, LocalInvocation>

type Verbs = {
  readonly [V in RemoteInvocation['verb']]: (
    options: Extract<RemoteInvocation, { readonly verb: V }>['options'],
    runtime: Runtime,
  ) => Promise<ExitCode>
}

const VERBS: Verbs = {
  create,
  'update-plane': updatePlane,
  'remove-plane': removePlane,
  'add-agent': addAgent,
  'update-agent': updateAgent,
  start: (options, runtime) => changeState('start', options, runtime),
  stop: (options, runtime) => changeState('stop', options, runtime),
  restart: (options, runtime) => changeState('restart', options, runtime),
  retry: retryFailed,
  'remove-agent': removeAgent,
  'secret set': secretSet,
  status,
  show,
  logs,
  open,
  cost,
  audit,
  'member list': listMembers,
  'member add': addMember,
  'member remove': removeMember,
  'slack link': linkSlack,
}

/** Runs the verb of a command line. @throws CliError, ApiError or Unreachable for `report` */
export function run({ verb, options }: RemoteInvocation, runtime: Runtime): Promise<ExitCode> {
  const runVerb = VERBS[verb] as (options: RemoteInvocation['options'], runtime: Runtime) => Promise<ExitCode>
  return runVerb(options, runtime)
}
