import type { ExitCode } from './exit.ts'
import type { Invocation } from './invocation.ts'
import type { Runtime } from './runtime.ts'
import { addAgent } from './verbs/add-agent.ts'
import { create } from './verbs/create.ts'
import { grants } from './verbs/grants.ts'
import { logs } from './verbs/logs.ts'
import { open } from './verbs/open.ts'
import { removeAgent } from './verbs/remove-agent.ts'
import { retryFailed } from './verbs/retry.ts'
import { secretSet } from './verbs/secret-set.ts'
import { status } from './verbs/status.ts'

/** Runs the verb of a command line. @throws CliError, ApiError or Unreachable for `report` */
export function run(invocation: Invocation, runtime: Runtime): Promise<ExitCode> {
  switch (invocation.verb) {
    case 'create':
      return create(invocation.options, runtime)
    case 'add-agent':
      return addAgent(invocation.options, runtime)
    case 'status':
      return status(invocation.options, runtime)
    case 'logs':
      return logs(invocation.options, runtime)
    case 'retry':
      return retryFailed(invocation.options, runtime)
    case 'remove-agent':
      return removeAgent(invocation.options, runtime)
    case 'secret set':
      return secretSet(invocation.options, runtime)
    case 'grants':
      return Promise.resolve(grants(invocation.options, runtime.terminal))
    case 'open':
      return open(invocation.options, runtime)
  }
}
