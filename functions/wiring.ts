import { readFile } from 'node:fs/promises'
import type { Firestore } from '@google-cloud/firestore'
import type { PubSub } from '@google-cloud/pubsub'
import { HEARTBEATS_SUBSCRIPTION } from '../shared/documents/topics.ts'
import { systemClock } from '../shared/gcp/clock.ts'
import { randomIds } from '../shared/gcp/ids.ts'
import { cloudLog } from '../shared/gcp/log.ts'
import { ProviderError } from '../shared/ports/errors.ts'
import type { Log } from '../shared/ports/log.ts'
import type { Ports } from '../shared/ports/ports.ts'
import type { Environment } from './environment.ts'
import type { HeartbeatPorts } from './heartbeat.ts'
import type { WebHandler } from './http.ts'
import { lazily } from '../shared/gcp/lazily.ts'
import type { Wiring } from './register.ts'

/**
 * Composition root: the only place that knows which client serves which port. Clients are imported when a function
 * first needs them, so that none starts slower for what another one uses.
 */
export function wiring(env: Environment, write: (line: string) => void = (line) => process.stdout.write(line)): Wiring {
  const log = cloudLog(write)
  const firestore = lazily(async () => {
    const client = await import('@google-cloud/firestore')
    return new client.Firestore({ projectId: env.GOOGLE_CLOUD_PROJECT })
  })
  const pubsub = lazily(async () => {
    const client = await import('@google-cloud/pubsub')
    return new client.PubSub({ projectId: env.GOOGLE_CLOUD_PROJECT })
  })
  const clients: Clients = { firestore, pubsub }
  return {
    log,
    ports: lazily(() => portsOf(env, clients, log)),
    heartbeat: lazily(() => heartbeatPorts(env, clients, log)),
    api: lazily(() => apiHandler(env, clients, log)),
  }
}

type Clients = {
  readonly firestore: () => Promise<Firestore>
  readonly pubsub: () => Promise<PubSub>
}

async function portsOf(env: Environment, { firestore, pubsub }: Clients, log: Log): Promise<Ports> {
  const [{ firestoreDocuments }, { pubsubBus }, { pubsubInbox }, { localDelays }, { processBackend }] =
    await Promise.all([
      import('../shared/gcp/documents.ts'),
      import('../shared/gcp/bus.ts'),
      import('../shared/gcp/inbox.ts'),
      import('../shared/process/delays.ts'),
      import('../shared/process/backend.ts'),
    ])
  const [database, messages] = await Promise.all([firestore(), pubsub()])
  const backend = processBackend({ stateDir: env.AP_STATE_DIR, clock: systemClock })
  const bus = pubsubBus(messages)
  return {
    documents: firestoreDocuments(database, log),
    bus,
    inbox: pubsubInbox(messages, HEARTBEATS_SUBSCRIPTION, log),
    delays: localDelays(bus, systemClock, log),
    clock: systemClock,
    ids: randomIds,
    log,
    backends: [env.AP_BACKEND],
    backend: (name) => {
      if (name === env.AP_BACKEND) return backend
      throw new ProviderError('Invalid', `this installation has no backend ${name}; it has ${env.AP_BACKEND}`)
    },
  }
}

async function heartbeatPorts(env: Environment, { pubsub }: Clients, log: Log): Promise<HeartbeatPorts> {
  const [{ createRemoteJWKSet }, { identityVerifier }, { LOCAL_ISSUER }, { pubsubBus }] = await Promise.all([
    import('jose'),
    import('../shared/gcp/identity-token.ts'),
    import('../shared/process/issuer.ts'),
    import('../shared/gcp/bus.ts'),
  ])
  const verify = identityVerifier({
    issuer: env.AP_HEARTBEAT_ISSUER ?? LOCAL_ISSUER,
    audience: env.AP_HEARTBEAT_AUDIENCE ?? `${env.AP_FUNCTIONS_URL}/heartbeat`,
    keys: createRemoteJWKSet(new URL(env.AP_HEARTBEAT_JWKS_URL)),
    clock: systemClock,
  })
  return { verify, bus: pubsubBus(await pubsub()), clock: systemClock, log }
}

async function apiHandler(env: Environment, { firestore }: Clients, log: Log): Promise<WebHandler> {
  const [commands, { localCaller }, documents, specs, access, vault, logs] = await Promise.all([
    import('../shared/commands/router.ts'),
    import('../shared/commands/authenticate.ts'),
    import('../shared/gcp/documents.ts'),
    import('../shared/gcp/firestore-specs.ts'),
    import('../shared/process/access.ts'),
    import('../shared/process/secret-store.ts'),
    import('../shared/process/logs.ts'),
  ])
  const [database, token] = await Promise.all([firestore(), readFile(env.AP_API_TOKEN_FILE, 'utf8')])
  const local = { stateDir: env.AP_STATE_DIR }
  return commands.router({
    specs: specs.firestoreSpecs(database, systemClock, log),
    documents: documents.firestoreDocuments(database, log),
    authenticate: localCaller(token.trim()),
    access: access.processOwnerAccess(local),
    vault: vault.processVault(local),
    logs: logs.processLogs(local),
    backends: [env.AP_BACKEND],
    clock: systemClock,
    ids: randomIds,
    log,
  })
}
