import { hash } from 'node:crypto'
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
export const ownerLabel = (owner: string): string => hash('sha256', owner).slice(0, 16)

/** All labels of what an agent is billed for. */
export const agentLabels = (
  place: Pick<Place, 'planeUid' | 'uid'>,
  owner: string,
  labels: ResourceLabels,
): ResourceLabels => ({ ...labels, ...identityLabels(place), 'ap-owner': ownerLabel(owner) })

/** Whether a resource that stands where ours should be is ours. */
export const isOurs = (labels: ResourceLabels, place: Pick<Place, 'planeUid' | 'uid'>): boolean =>
  Object.entries(identityLabels(place)).every(([key, value]) => labels[key] === value)

/** What Google puts beside them (`goog-…`) is none of our business. */
const ownKeys = (labels: ResourceLabels): readonly string[] =>
  Object.keys(labels).filter((key) => !key.startsWith('goog-'))

/** Whether a resource carries exactly these labels. */
export function sameLabels(found: ResourceLabels, wanted: ResourceLabels): boolean {
  const own = ownKeys(found)
  return own.length === Object.keys(wanted).length && own.every((key) => found[key] === wanted[key])
}

/** A number that is the same for the same labels: ten thousand agents' labels are compared without being kept. */
export function labelsHash(labels: ResourceLabels): number {
  let sum = 0
  for (const key of ownKeys(labels).toSorted())
    for (const char of `${key}=${labels[key]} `) sum = (Math.imul(sum, 31) + char.charCodeAt(0)) | 0
  return sum
}
