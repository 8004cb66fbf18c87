import { randomUUID } from 'node:crypto'
import { cloudEvent } from '@google-cloud/functions-framework'
import type { CloudEvent } from '@google-cloud/functions-framework'
import { inject, onTestFinished, vi, type TestContext } from 'vitest'
import { startBridge, type Bridge, type DocumentSource } from '../../infra/local/bridge/bridge.ts'
import { startFunctionsServer } from '../../infra/local/functions-server.ts'
import type { Trigger } from '../../functions/triggers.ts'
import { routedInlet } from './event-router.ts'
import { freshProject, type TestProject } from './project.ts'
import { recordingLog } from '../fakes/log.ts'
import { PATIENT } from '../fakes/patience.ts'

/** An event as a function gets it. */
export type Seen = CloudEvent<unknown> & Readonly<Record<string, unknown>>
type Handler = (event: Seen) => Promise<void> | void

/** A trigger on documents. */
export const onWrite = (name: string, document = 'planes/{plane}'): Trigger => ({
  name,
  kind: 'firestore',
  eventType: 'google.cloud.firestore.document.v1.written.withAuthContext',
  document,
})

/** A trigger on a topic. */
export const onMessage = (name: string, topic: string): Trigger => ({ name, kind: 'topic', topic })

type Running = TestProject & { readonly bridge: Bridge; readonly lines: readonly string[] }

/** Runs one function behind the real functions-framework, fed by the real emulators through the bridge. */
export async function running(
  context: TestContext,
  makeTrigger: (name: string) => Trigger,
  handler: Handler,
): Promise<Running> {
  const router = inject('eventRouter')
  if (!router) context.skip('FIRESTORE_EMULATOR_HOST names an emulator that does not deliver events to these tests')
  const project = freshProject()
  const inlet = await routedInlet(router, project.id)
  const documents: DocumentSource = { is: 'delivered', inlet, firestoreHost: inject('firestoreHost') }
  return bridged(project, makeTrigger(`f${randomUUID()}`), handler, documents)
}

/** The same for a given source of documents' changes. */
export async function bridged(
  project: TestProject,
  trigger: Trigger,
  handler: Handler,
  documents: DocumentSource,
): Promise<Running> {
  cloudEvent(trigger.name, (event: CloudEvent<unknown>) => handler(event as Seen))
  const { log, lines } = recordingLog()
  const server = await startFunctionsServer({ triggers: [trigger], port: 0, bridgeToken: randomUUID(), log })
  const bridge = await startBridge({
    project: project.id,
    triggers: [trigger],
    documents,
    pubsub: project.pubsub,
    invoke: (...call) => server.invoke(...call),
    retries: { attempts: 5, baseMs: 2, capMs: 20 },
    random: () => 0.5,
    log,
  })
  onTestFinished(async () => {
    await bridge.stop()
    await server.stop()
  })
  return { ...project, bridge, lines }
}

/** Waits until a check passes. */
export const eventually = (check: () => void) => vi.waitFor(check, PATIENT)

/** The next message of the dead-letter topic. */
export async function deadLetter(pubsub: TestProject['pubsub']) {
  const subscription = pubsub.subscription('dead-letter')
  onTestFinished(() => subscription.close())
  return new Promise<{ data: Buffer; attributes: Record<string, string> }>((resolve) => {
    subscription.on('message', (message) => {
      message.ack()
      resolve(message)
    })
  })
}
