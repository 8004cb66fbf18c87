import { createHash } from 'node:crypto'
import type { PlanePlace, Place } from './names.ts'

/** Labels on everything that can carry them. */
export type ResourceLabels = Readonly<Record<string, string>>

/** Labels that say whose a resource is. Adoption compares these, and nothing else. */
export const identityLabels = ({ planeUid, uid }: Pick<Place, 'planeUid' | 'uid'>): ResourceLabels => ({
  'ap-managed': 'true',
  'ap-plane': planeUid,
  'ap-agent-uid': uid,
})

/** Labels of a plane's own resources. */
export const planeLabels = ({ planeUid }: Pick<PlanePlace, 'planeUid'>): ResourceLabels => ({
  'ap-managed': 'true',
  'ap-plane': planeUid,
})

/** An owner as a label value: a hash, because labels reach invoices and a person's address is nobody's business there. */
export const ownerLabel = (owner: string): string => createHash('sha256').update(owner).digest('hex').slice(0, 16)

/** Whether a resource that stands where ours should be is ours. */
export const isOurs = (labels: ResourceLabels, place: Pick<Place, 'planeUid' | 'uid'>): boolean =>
  Object.entries(identityLabels(place)).every(([key, value]) => labels[key] === value)

/** Whether a resource carries exactly these labels. What Google puts beside them (`goog-…`) is none of our business. */
export function sameLabels(found: ResourceLabels, wanted: ResourceLabels): boolean {
  const own = Object.keys(found).filter((key) => !key.startsWith('goog-'))
  return own.length === Object.keys(wanted).length && own.every((key) => found[key] === wanted[key])
}
