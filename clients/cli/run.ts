import type { ExitCode } from './exit.ts'
import type { Invocation, LocalInvocation } from './invocation.ts'
import type { Runtime } from './runtime.ts'

/** What is asked of a plane. */
export type RemoteInvocation = Exclude<Invocation, LocalInvocation>

type Verbs = {
  readonly [V in RemoteInvocation['verb']]: (
    options: Extract<RemoteInvocation, { readonly verb: V }>['options'],
    runtime: Runtime,
  ) => Promise<ExitCode>
}

// One command line has one verb: loading all of them would take longer than most of them do.
const VERBS: Verbs = {
  create: async (...args) => (await import('./verbs/create.ts')).create(...args),
  'update-plane': async (...args) => (await import('./verbs/change-plane.ts')).updatePlane(...args),
  'remove-plane': async (...args) => (await import('./verbs/change-plane.ts')).removePlane(...args),
  'add-agent': async (...args) => (await import('./verbs/add-agent.ts')).addAgent(...args),
  'update-agent': async (...args) => (await import('./verbs/change-agent.ts')).updateAgent(...args),
  start: async (...args) => (await import('./verbs/change-agent.ts')).changeState('start', ...args),
  stop: async (...args) => (await import('./verbs/change-agent.ts')).changeState('stop', ...args),
  restart: async (...args) => (await import('./verbs/change-agent.ts')).changeState('restart', ...args),
  retry: async (...args) => (await import('./verbs/retry.ts')).retryFailed(...args),
  'remove-agent': async (...args) => (await import('./verbs/remove-agent.ts')).removeAgent(...args),
  'secret set': async (...args) => (await import('./verbs/secret-set.ts')).secretSet(...args),
  status: async (...args) => (await import('./verbs/status.ts')).status(...args),
  show: async (...args) => (await import('./verbs/show.ts')).show(...args),
  logs: async (...args) => (await import('./verbs/logs.ts')).logs(...args),
  open: async (...args) => (await import('./verbs/open.ts')).open(...args),
  cost: async (...args) => (await import('./verbs/cost.ts')).cost(...args),
  audit: async (...args) => (await import('./verbs/audit.ts')).audit(...args),
  'member list': async (...args) => (await import('./verbs/member.ts')).listMembers(...args),
  'member add': async (...args) => (await import('./verbs/member.ts')).addMember(...args),
  'member remove': async (...args) => (await import('./verbs/member.ts')).removeMember(...args),
  'slack link': async (...args) => (await import('./verbs/slack.ts')).linkSlack(...args),
}

/** Runs the verb of a command line. @throws CliError, ApiError or Unreachable for `report` */
export function run({ verb, options }: RemoteInvocation, runtime: Runtime): Promise<ExitCode> {
  const runVerb = VERBS[verb] as (options: RemoteInvocation['options'], runtime: Runtime) => Promise<ExitCode>
  return runVerb(options, runtime)
}
