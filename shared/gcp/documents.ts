import type { Firestore } from '@google-cloud/firestore'
import type { Documents } from '../ports/documents.ts'
import type { Log } from '../ports/log.ts'
import { firestoreLeases } from './firestore-leases.ts'
import { firestoreLists } from './firestore-lists.ts'
import { firestoreStatuses } from './firestore-statuses.ts'
import { firestoreViews } from './firestore-views.ts'

/** The documents in Firestore. `log` hears of documents that cannot be read. */
export const firestoreDocuments = (db: Firestore, log: Log): Documents => ({
  ...firestoreViews(db),
  ...firestoreStatuses(db),
  ...firestoreLists(db, log),
  ...firestoreLeases(db, log),
})
