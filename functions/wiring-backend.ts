import type { BackendName } from '../shared/documents/fields.ts'
import { functionAccount } from '../shared/documents/names.ts'
import { systemClock } from '../shared/gcp/clock.ts'
import type { Google } from '../shared/gcp/google.ts'
import { separationOf } from '../shared/lifecycle/separation.ts'
import type { Backend } from '../shared/ports/backend.ts'
import { ProviderError } from '../shared/ports/errors.ts'
import type { Ports } from '../shared/ports/ports.ts'
import { heartbeatUrl } from './environment.ts'
import type { Deployed, LocalProcess, LocalVm } from './environment.ts'

/** What every function of an installation may have in common with the others. */
export type SharedPorts = Omit<Ports, 'delays' | 'backend'>

/** Agents as processes of this computer. */
export async function processPorts(env: LocalProcess, shared: SharedPorts): Promise<Ports> {
  const [{ localDelays }, { processBackend }] = await Promise.all([
    import('../shared/process/delays.ts'),
    import('../shared/process/backend.ts'),
  ])
  return {
    ...shared,
    delays: localDelays(shared.bus, systemClock, shared.log),
    backend: only('process', processBackend({ stateDir: env.AP_STATE_DIR, clock: systemClock })),
  }
}

/** Agents as machines of Google Cloud, or of a simulated one. */
export async function vmPorts(env: LocalVm | Deployed, functionName: string, shared: SharedPorts): Promise<Ports> {
  const [{ vmBackend }, { cloudTasks }, google] = await Promise.all([
    import('../shared/gcp/vm-backend.ts'),
    import('../shared/gcp/cloud-tasks.ts'),
    googleOf(env, functionName),
  ])
  const project = env.AP_CONTROL_PROJECT
  const backend = vmBackend(google, {
    image: env.AP_MACHINE_IMAGE,
    sources: env.AP_MACHINE_SOURCES,
    heartbeatUrl: heartbeatUrl(env),
    controlProject: project,
    separation: separationOf,
    startupScript: async () => (await import('../infra/machine/vm/startup-script.ts')).startupScript(),
  })
  const delays = cloudTasks(google, {
    project,
    location: env.AP_TASKS_LOCATION,
    queue: env.AP_TASKS_QUEUE,
    account: functionAccount('delays', project),
  })
  return { ...shared, delays, backend: only('vm', backend) }
}

/** How a function reaches Google: deployed, as the account it runs as; on a simulated cloud, as the one it would run as. */
export async function googleOf(env: LocalVm | Deployed, functionName: string): Promise<Google> {
  const { defaultAuth, simulatedAuth } = await import('../shared/gcp/auth.ts')
  if (env.AP_MODE === 'deployed') return { auth: defaultAuth(), clock: systemClock }
  const [host = '', port = ''] = env.AP_GOOGLE_ENDPOINT.split(':')
  const auth = simulatedAuth(functionAccount(functionName, env.AP_CONTROL_PROJECT))
  return { auth, clock: systemClock, endpoint: { host, port: Number(port) } }
}

const only =
  (has: BackendName, backend: Backend): Ports['backend'] =>
  (name) => {
    if (name === has) return backend
    throw new ProviderError('Invalid', `this installation has no backend ${name}; it has ${has}`)
  }
