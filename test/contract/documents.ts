import { leasesContract } from './documents-leases.ts'
import { listsContract } from './documents-lists.ts'
import { specsContract } from './documents-specs.ts'
import { statusContract } from './documents-statuses.ts'
import type { DocumentsSubject } from './documents-subject.ts'

/** What every store of documents promises. */
export function documentsContract(make: () => Promise<DocumentsSubject>): void {
  specsContract(make)
  statusContract(make)
  listsContract(make)
  leasesContract(make)
}
