import { randomBytes } from 'node:crypto'
import type { Firestore } from '@google-cloud/firestore'
import { PubSub } from '@google-cloud/pubsub'
import { inject, onTestFinished } from 'vitest'
import { JointFirestore } from '../../shared/gcp/joint-firestore.ts'

/** A Google Cloud project that nobody used before, in the emulators of this run. */
export type TestProject = { readonly id: string; readonly firestore: Firestore; readonly pubsub: PubSub }

/** A fresh project for one test, with the clients that functions have; they are closed when the test ends. */
export function freshProject(): TestProject {
  const id = `demo-${randomBytes(6).toString('hex')}`
  process.env['FIRESTORE_EMULATOR_HOST'] = inject('firestoreHost')
  process.env['PUBSUB_EMULATOR_HOST'] = inject('pubsubHost')
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const firestore = new JointFirestore({ projectId: id })
  const pubsub = new PubSub({ projectId: id })
  onTestFinished(async () => {
    await Promise.allSettled([firestore.terminate(), pubsub.close()])
  })
  return { id, firestore, pubsub }
}
