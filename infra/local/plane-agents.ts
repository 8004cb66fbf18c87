import { systemClock } from '../../shared/gcp/clock.ts'
import { writeEndpoints } from '../../shared/process/endpoints.ts'
import { metadataHandler } from '../../shared/process/metadata-server.ts'
import { serveLoopback } from '../../shared/process/serve.ts'
import { endAgents } from './agents.ts'
import type { Emulators } from './emulators/start.ts'
import { GOOGLE_ISSUER } from './gcp/tokens/identity-token.ts'
import type { PlaneOptions } from './plane.ts'
import { SIMULATED, startSimulatedCloud } from './simulated-cloud.ts'
import type { State } from './state.ts'

/** Where a plane is. */
export type Whereabouts = {
  readonly state: State
  readonly functionsUrl: string
  readonly emulators: Emulators
  /** In which the emulators keep its documents and topics. */
  readonly project: string
}

/** What agents run on, as the functions are told of it, and its addresses for a person. */
export type Ground = {
  readonly environment: Readonly<Record<string, string>>
  readonly urls: Readonly<Record<string, string>>
}

/** Starts what agents run on: nothing but this computer, or a simulated Google Cloud. */
export const startAgents = (
  { simulateGcp, ports }: PlaneOptions,
  where: Whereabouts,
  parts: AsyncDisposableStack,
): Promise<Ground> =>
  simulateGcp === undefined
    ? onThisComputer(where, parts)
    : onSimulatedCloud({ port: ports.gcp, ...simulateGcp }, where, parts)

/** Processes, with what a machine asks its metadata server. */
async function onThisComputer({ state, functionsUrl }: Whereabouts, parts: AsyncDisposableStack): Promise<Ground> {
  parts.defer(() => endAgents(state.folder))
  const server = await serveLoopback(await metadataHandler({ stateDir: state.folder, clock: systemClock }), 0)
  parts.defer(() => server.close())
  await writeEndpoints(state.folder, { metadataUrl: server.url, heartbeatUrl: `${functionsUrl}/heartbeat` })
  return {
    environment: {
      AP_BACKEND: 'process',
      AP_STATE_DIR: state.folder,
      AP_HEARTBEAT_JWKS_URL: `${server.url}/jwks.json`,
    },
    urls: { machines: server.url },
  }
}

async function onSimulatedCloud(
  simulation: { readonly port: number; readonly scale: number },
  { emulators, project }: Whereabouts,
  parts: AsyncDisposableStack,
): Promise<Ground> {
  const pubsub = { host: emulators.pubsubHost, project }
  const address = await startSimulatedCloud({ ...simulation, pubsub }, parts)
  return {
    environment: {
      AP_BACKEND: 'vm',
      AP_GOOGLE_ENDPOINT: new URL(address).host,
      AP_CONTROL_PROJECT: SIMULATED.controlProject,
      AP_TASKS_LOCATION: SIMULATED.region,
      AP_TASKS_QUEUE: SIMULATED.queue,
      AP_MACHINE_SOURCES: '',
      AP_HEARTBEAT_ISSUER: GOOGLE_ISSUER,
      AP_HEARTBEAT_JWKS_URL: `${address}/__sim/certs`,
    },
    urls: { 'google cloud': address },
  }
}
