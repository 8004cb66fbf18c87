import type { Firestore } from '@google-cloud/firestore'
import type { PubSub } from '@google-cloud/pubsub'
import { HEARTBEATS_SUBSCRIPTION } from '../shared/documents/topics.ts'
import { systemClock } from '../shared/gcp/clock.ts'
import { randomIds } from '../shared/gcp/ids.ts'
import { lazily } from '../shared/gcp/lazily.ts'
import { cloudLog } from '../shared/gcp/log.ts'
import type { Log } from '../shared/ports/log.ts'
import type { Ports } from '../shared/ports/ports.ts'
import { heartbeatUrl } from './environment.ts'
import type { Environment } from './environment.ts'
import type { HeartbeatPorts } from './heartbeat.ts'
import type { Wiring } from './register.ts'
import { processPorts, vmPorts } from './wiring-backend.ts'
import type { SharedPorts } from './wiring-backend.ts'
import { apiHandler } from './wiring-people.ts'

/**
 * Composition root: with its `wiring-` neighbours, the only place that knows which client serves which port. Clients are
 * imported when a function first needs them, so that none starts slower for what another one uses.
 */
export function wiring(env: Environment, write: (line: string) => void = (line) => process.stdout.write(line)): Wiring {
  const log = cloudLog(write)
  const firestore = lazily(async () => {
    const client = await import('../shared/gcp/joint-firestore.ts')
    return new client.JointFirestore({ projectId: env.GOOGLE_CLOUD_PROJECT })
  })
  const pubsub = lazily(async () => {
    const client = await import('@google-cloud/pubsub')
    return new client.PubSub({ projectId: env.GOOGLE_CLOUD_PROJECT })
  })
  const clients: Clients = { firestore, pubsub }
  return {
    log,
    ports: portsOf(env, clients, log),
    heartbeat: lazily(() => heartbeatPorts(env, clients, log)),
    api: lazily(() => apiHandler(env, clients, log)),
    slack: lazily(async () => (await import('./wiring-slack.ts')).slackFunction(env, clients, log)),
    slackNotify: lazily(async () => (await import('./wiring-slack.ts')).slackNotifyPorts(env, clients, log)),
  }
}

/** The clients that a function may need. */
export type Clients = {
  readonly firestore: () => Promise<Firestore>
  readonly pubsub: () => Promise<PubSub>
}

/** The ports of each function, by its name: what they share is made once, what its account is for, once each. */
function portsOf(env: Environment, clients: Clients, log: Log): Wiring['ports'] {
  const shared = lazily(() => sharedPorts(env, clients, log))
  if (env.AP_BACKEND === 'process') return lazily(async () => processPorts(env, await shared()))
  const made = new Map<string, () => Promise<Ports>>()
  return (functionName) => {
    const ports = made.get(functionName) ?? lazily(async () => vmPorts(env, functionName, await shared()))
    made.set(functionName, ports)
    return ports()
  }
}

async function sharedPorts(env: Environment, { firestore, pubsub }: Clients, log: Log): Promise<SharedPorts> {
  const [{ firestoreDocuments }, { pubsubBus }, { pubsubInbox }] = await Promise.all([
    import('../shared/gcp/documents.ts'),
    import('../shared/gcp/bus.ts'),
    import('../shared/gcp/inbox.ts'),
  ])
  const [database, messages] = await Promise.all([firestore(), pubsub()])
  return {
    documents: firestoreDocuments(database, log),
    bus: pubsubBus(messages),
    inbox: pubsubInbox(messages, HEARTBEATS_SUBSCRIPTION, log),
    clock: systemClock,
    ids: randomIds,
    log,
    backends: [env.AP_BACKEND],
  }
}

/** https://cloud.google.com/compute/docs/instances/verifying-instance-identity#verify_signature */
const GOOGLE = { issuer: 'https://accounts.google.com', certs: 'https://www.googleapis.com/oauth2/v3/certs' }

async function heartbeatPorts(env: Environment, { pubsub }: Clients, log: Log): Promise<HeartbeatPorts> {
  const [{ createRemoteJWKSet }, { identityVerifier }, { LOCAL_ISSUER }, { pubsubBus }] = await Promise.all([
    import('jose'),
    import('../shared/gcp/identity-token.ts'),
    import('../shared/process/issuer.ts'),
    import('../shared/gcp/bus.ts'),
  ])
  const { issuer, certs } =
    env.AP_MODE === 'deployed'
      ? GOOGLE
      : { issuer: env.AP_HEARTBEAT_ISSUER ?? LOCAL_ISSUER, certs: env.AP_HEARTBEAT_JWKS_URL }
  const keys = createRemoteJWKSet(new URL(certs))
  const verify = identityVerifier({ issuer, audience: heartbeatUrl(env), keys, clock: systemClock })
  return { verify, bus: pubsubBus(await pubsub()), clock: systemClock, log }
}
