import type { DocumentChange, Firestore } from '@google-cloud/firestore'
import type { Log } from '../../../shared/ports/log.ts'
import type { Delivery } from './cloud-event.ts'
import { encodeDocument } from './document-event.ts'
import type { DocumentTrigger } from './firestore.ts'

/**
 * Watches a trigger's documents in an emulator that somebody else started, which therefore delivers its events to
 * somebody else. Every document is told of once at the start. The events name the document and leave its fields out.
 */
export function watchDocuments(
  firestore: Firestore,
  project: string,
  trigger: DocumentTrigger,
  accept: (delivery: Delivery) => void,
  log: Log,
): { close(): Promise<void> } {
  const pattern = trigger.document.split('/')
  const stop = firestore.collectionGroup(pattern.at(-2) ?? '').onSnapshot(
    (snapshot) => {
      for (const change of snapshot.docChanges()) {
        if (matches(pattern, change.doc.ref.path)) accept(deliveryOf(project, trigger, change))
      }
    },
    (error) => log.error('firestore.watch-failed', { step: trigger.name, error }),
  )
  return { close: async () => stop() }
}

function matches(pattern: readonly string[], path: string): boolean {
  const parts = path.split('/')
  return (
    parts.length === pattern.length && pattern.every((part, index) => part.startsWith('{') || part === parts[index])
  )
}

function deliveryOf(project: string, trigger: DocumentTrigger, { doc, type }: DocumentChange): Delivery {
  const { path } = doc.ref
  const database = `projects/${project}/databases/(default)`
  const time = (type === 'removed' ? doc.readTime : doc.updateTime).toDate().toISOString()
  const headers = {
    'content-type': 'application/protobuf',
    'ce-specversion': '1.0',
    'ce-id': `${path}-${doc.updateTime.valueOf()}-${type}`,
    'ce-type': trigger.eventType,
    'ce-source': `//firestore.googleapis.com/${database}`,
    'ce-subject': `documents/${path}`,
    'ce-time': time,
    'ce-datacontenttype': 'application/protobuf',
    'ce-project': project,
    'ce-database': '(default)',
    'ce-namespace': '(default)',
    'ce-document': path,
    'ce-authtype': 'unknown',
  }
  const body = encodeDocument(`${database}/documents/${path}`, type !== 'removed')
  const letter = { data: body, attributes: headers, subscription: `eventarc-${trigger.name}`, publishTime: time }
  return { functionName: trigger.name, letter, event: () => ({ headers, body }) }
}
