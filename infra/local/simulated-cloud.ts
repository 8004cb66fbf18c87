import { randomInt } from 'node:crypto'
import { reconcilers, triggers } from '../../functions/triggers.ts'
import { projectGrants } from '../../shared/grants/plan.ts'
import { admin } from './gcp/admin.ts'
import { beginningCalm } from './gcp/beginning-calm.ts'
import { realClock } from './gcp/clock.ts'
import { simulatedCloud } from './gcp/cloud.ts'
import type { Cloud } from './gcp/cloud.ts'
import { dispatcher } from './gcp/dispatch.ts'
import type { Deliver } from './gcp/dispatch.ts'
import { seededRandom } from './gcp/ids.ts'
import { defaultRates, typicalLatencies, typicalPropagation } from './gcp/latencies.ts'
import { keepTicking, postHeartbeat } from './gcp/machines/keep-ticking.ts'
import { simulatedMachines } from './gcp/machines/machines.ts'
import { calm, project } from './gcp/options.ts'
import type { Options } from './gcp/options.ts'
import { listen } from './gcp/server.ts'
import { onFreePort } from './ports.ts'

/** What the simulated cloud of a local plane has at the start. */
export const SIMULATED = {
  /** Where agents run, granted to the functions; and where the functions have their accounts. */
  project: 'demo-project',
  controlProject: 'demo-control',
  owner: 'admin@example.com',
  region: 'us-east4',
  queue: 'step-delays',
} as const

/** How a simulated cloud is to be. */
export type SimulatedCloudOptions = {
  readonly port: number
  /** The real cloud's latencies, multiplied. */
  readonly scale: number
  /** Where delayed messages are published: the emulator, and the project its topics are in. */
  readonly pubsub: { readonly host: string; readonly project: string }
}

const HEARTBEAT_EVERY_MS = 10_000
/** From RUNNING to a gateway that answers, on a baked image; a stock one also installs. */
const BOOT_MS = 45_000
const TICK_MS = 500

/** Starts a simulated Google Cloud in which an admin has done what `planes grants --script` prints. Its address. */
export async function startSimulatedCloud(
  { port, scale, pubsub }: SimulatedCloudOptions,
  parts: AsyncDisposableStack,
): Promise<string> {
  const { options, begin } = beginningCalm(optionsOf(scale))
  const cloud = simulatedCloud(options, { clock: realClock(), random: seededRandom(randomInt(2 ** 31)) })
  await setUp(cloud)
  begin()
  const server = await onFreePort(port, (free) => listen(cloud, free))
  parts.defer(() => server.close())
  const settings = { bootMs: BOOT_MS * scale, heartbeatEveryMs: HEARTBEAT_EVERY_MS, post: postHeartbeat }
  parts.defer(keepTicking(simulatedMachines(cloud, settings), TICK_MS))
  parts.defer(keepTicking(dispatcher(cloud, publishingTo(pubsub)), TICK_MS))
  return server.address
}

function optionsOf(scale: number): Options {
  const owners = [`user:${SIMULATED.owner}`]
  return {
    ...calm,
    // gcloud sends these, and the real cloud ignores them.
    readOnlyFields: 'ignore',
    projects: [
      project(SIMULATED.project, '123456789012', owners),
      project(SIMULATED.controlProject, '123456789013', owners),
    ],
    regions: { [SIMULATED.region]: ['a', 'b', 'c'].map((zone) => `${SIMULATED.region}-${zone}`), ...calm.regions },
    latencies: typicalLatencies(scale),
    propagation: typicalPropagation(scale),
    rates: defaultRates,
  }
}

async function setUp(cloud: Cloud): Promise<void> {
  const { project: agents, controlProject, owner, region, queue } = SIMULATED
  const person = admin(cloud, owner)
  await person.addAccounts(controlProject, [...triggers.map(({ name }) => name), 'delays'])
  await person.grant(projectGrants(agents, controlProject))
  await person.addQueue(controlProject, { location: region, name: queue }, reconcilers)
}

const PUBLISH_WITHIN_MS = 10_000

/** Cloud Tasks posts to Pub/Sub's address; here that is the emulator, which has the topics under another project. */
const publishingTo =
  ({ host, project: id }: SimulatedCloudOptions['pubsub']): Deliver =>
  async (url, body) => {
    const topic = /\/topics\/([^/:]+):publish$/.exec(url)?.[1] ?? ''
    const headers = { 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(PUBLISH_WITHIN_MS)
    const address = `http://${host}/v1/projects/${id}/topics/${topic}:publish`
    try {
      return (await fetch(address, { method: 'POST', headers, body, signal })).ok
    } catch {
      // Away for now: the task stays due.
      return false
    }
  }
