import { randomBytes } from 'node:crypto'
import { homedir } from 'node:os'
import { triggers } from '../../functions/triggers.ts'
import type { Log } from '../../shared/ports/log.ts'
import { startBridge, type DocumentSource } from './bridge/bridge.ts'
import type { Inlet } from './bridge/firestore.ts'
import { productionRetries } from './bridge/retry.ts'
import { savesIn } from './emulators/firestore.ts'
import { startEmulators, type Emulators } from './emulators/start.ts'
import type { FunctionsLog } from './functions-log.ts'
import { startFunctionsServer, type FunctionsServer } from './functions-server.ts'
import { keepSaving } from './keep-saving.ts'
import type { PlaneOptions } from './plane.ts'
import { startSchedule } from './schedule.ts'

// Agents here beat every 10 s and the sweep books it: a status on this machine is never older than half a minute.
const SWEEP_EVERY_MS = 15_000

// An export of a small database takes about 30 ms.
const SAVE_EVERY_MS = 15_000

/** Starts the emulators with the documents of last time, and saves them from now on. */
export async function startStores(
  { state, ports, say }: PlaneOptions,
  eventsHost: string,
  parts: AsyncDisposableStack,
): Promise<Emulators> {
  const saves = savesIn(state.documents, await state.project())
  const emulators = await startEmulators({
    places: { env: process.env, home: homedir() },
    eventsHost,
    rulesFile: new URL('../firestore.rules', import.meta.url).pathname,
    logFolder: state.logs,
    ports,
    importFile: await saves.latest(),
    say,
  })
  parts.defer(() => emulators.stop())
  if (emulators.ownsFirestore)
    parts.defer(keepSaving(() => saves.save(emulators.firestoreHost), { everyMs: SAVE_EVERY_MS, say }))
  return emulators
}

/** Registers the functions, which read their environment now, and serves them. */
export async function startFunctions(
  port: number,
  functionsLog: FunctionsLog,
  parts: AsyncDisposableStack,
): Promise<FunctionsServer> {
  globalThis.console = functionsLog.console
  const [{ readEnvironment }, { register }, { wiring }] = await Promise.all([
    import('../../functions/environment.ts'),
    import('../../functions/register.ts'),
    import('../../functions/wiring.ts'),
  ])
  const wired = wiring(readEnvironment(process.env), functionsLog.write)
  register(wired)
  const bridgeToken = randomBytes(32).toString('base64url')
  const functions = await startFunctionsServer({ triggers, port, bridgeToken, log: wired.log })
  parts.defer(() => functions.stop())
  return functions
}

/** Lets events, messages and the clock reach the functions. */
export async function connect(
  project: string,
  functions: FunctionsServer,
  inlet: Inlet,
  emulators: Emulators,
  log: Log,
  parts: AsyncDisposableStack,
): Promise<void> {
  const { PubSub } = await import('@google-cloud/pubsub')
  const pubsub = new PubSub({ projectId: project })
  parts.defer(() => pubsub.close())
  const invoke: FunctionsServer['invoke'] = (...call) => functions.invoke(...call)
  const documents = await documentSource(project, inlet, emulators, parts)
  const retries = productionRetries
  const bridge = await startBridge({
    project,
    triggers,
    documents,
    pubsub,
    invoke,
    retries,
    random: Math.random,
    log,
  })
  parts.defer(() => bridge.stop())
  const schedule = startSchedule({ triggers, invoke, everyMs: SWEEP_EVERY_MS, log })
  parts.defer(() => schedule.stop())
}

async function documentSource(
  project: string,
  inlet: Inlet,
  { ownsFirestore, firestoreHost }: Emulators,
  parts: AsyncDisposableStack,
): Promise<DocumentSource> {
  if (ownsFirestore) return { is: 'delivered', inlet, firestoreHost }
  const { Firestore } = await import('@google-cloud/firestore')
  const firestore = new Firestore({ projectId: project })
  parts.defer(() => firestore.terminate())
  return { is: 'watched', firestore }
}
