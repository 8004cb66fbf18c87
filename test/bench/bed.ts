import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Firestore } from '@google-cloud/firestore'
import type { DocumentSource } from '../../infra/local/bridge/bridge.ts'
import { openInlet } from '../../infra/local/bridge/firestore.ts'
import type { Inlet } from '../../infra/local/bridge/firestore.ts'
import { startEmulators } from '../../infra/local/emulators/start.ts'
import type { Emulators } from '../../infra/local/emulators/start.ts'
import { lazily } from '../../shared/gcp/lazily.ts'
import { planeFields } from '../contract/statuses.ts'
import { recordingLog } from '../fakes/log.ts'
import { startInstantPlane } from '../fakes/instant-plane.ts'
import type { InstantPlane } from '../fakes/instant-plane.ts'
import type { Bed } from './bench.ts'

type Running = Emulators & { readonly inlet: Inlet }

/** The parts of one run; `stop` ends what was started. */
export function openBed(): Bed & { readonly stop: () => Promise<void> } {
  const parts = new AsyncDisposableStack()
  const emulators = lazily(() => emulatorsFor(parts))
  return {
    emulators,
    plane: lazily(async () => planeOn(await emulators(), parts)),
    stop: () => parts.disposeAsync(),
  }
}

async function emulatorsFor(parts: AsyncDisposableStack): Promise<Running> {
  // The clients would look for a metadata server for seconds.
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const folder = await mkdtemp(join(tmpdir(), 'agents-plane-bench-'))
  parts.defer(() => rm(folder, { recursive: true, force: true }))
  const inlet = await openInlet()
  const emulators = await startEmulators({
    places: { env: process.env, home: homedir() },
    eventsHost: inlet.host,
    rulesFile: new URL('../../infra/firestore.rules', import.meta.url).pathname,
    logFolder: folder,
    ports: { firestore: 20_480, pubsub: 20_685 },
    say: () => undefined,
  })
  parts.defer(() => emulators.stop())
  return { ...emulators, inlet }
}

async function planeOn(running: Running, parts: AsyncDisposableStack): Promise<InstantPlane> {
  const { firestoreHost, inlet, ownsFirestore } = running
  // The framework prints every failure, also those that are tried again.
  globalThis.console.error = () => undefined
  const documentsOf = async (_: string, firestore: Firestore): Promise<DocumentSource> =>
    ownsFirestore ? { is: 'delivered', inlet, firestoreHost } : { is: 'watched', firestore }
  const plane = await startInstantPlane({ ...running, documentsOf, log: recordingLog().log })
  parts.defer(() => plane.stop())
  const ref = await plane.putPlane('acme', planeFields)
  await plane.untilPlane(ref, ({ phase }) => phase === 'Ready')
  return plane
}
