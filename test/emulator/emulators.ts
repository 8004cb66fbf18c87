import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmulators } from '../../infra/local/emulators/start.ts'
import { startEventRouter } from './event-router.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` of the emulators. */
    readonly firestoreHost: string
    readonly pubsubHost: string
    /** Where a bridge asks for its project's Firestore events; empty when the emulator is not ours and sends none. */
    readonly eventRouter: string
  }
}

/**
 * One Firestore and one Pub/Sub emulator for a whole run; tests keep apart by a fresh project id each. What
 * FIRESTORE_EMULATOR_HOST and PUBSUB_EMULATOR_HOST name is used instead.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The clients would look for a metadata server for seconds, and warn.
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const folder = await mkdtemp(join(tmpdir(), 'agents-plane-emulators-'))
  const router = await startEventRouter()
  const emulators = await startEmulators({
    places: { env: process.env, home: homedir() },
    eventsHost: router.host,
    rulesFile: new URL('../../infra/firestore.rules', import.meta.url).pathname,
    logFolder: folder,
    ports: { firestore: 20_080, pubsub: 20_285 },
    // Another run beside this one has the preferred ports: nothing to tell.
    say: () => undefined,
  })
  project.provide('firestoreHost', emulators.firestoreHost)
  project.provide('pubsubHost', emulators.pubsubHost)
  project.provide('eventRouter', emulators.ownsFirestore ? router.host : '')
  return async () => {
    await emulators.stop()
    await router.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
