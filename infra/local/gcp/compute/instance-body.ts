import { invalid } from '../errors.ts'
import { fingerprint } from '../ids.ts'
import type { Json, JsonObject } from '../json.ts'

// https://cloud.google.com/compute/docs/metadata/setting-custom-metadata#limitations
const MOST_VALUE_BYTES = 256 * 1024
const MOST_TOTAL_BYTES = 512 * 1024
const MOST_TAGS = 64
const TAG = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/

export type MetadataAsked = {
  readonly fingerprint?: string
  readonly items?: readonly { readonly key: string; readonly value?: string }[]
}

/** Metadata as it is kept. Throws for keys given twice and for what is too long. */
export function metadataBody({ items = [] }: MetadataAsked): JsonObject {
  const keys = items.map(({ key }) => key)
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined) throw invalid(`Invalid value for field 'resource.metadata.items': duplicate key '${twice}'.`)
  const long = items.find(({ value = '' }) => Buffer.byteLength(value) > MOST_VALUE_BYTES)
  if (long !== undefined)
    throw invalid(
      `Value for metadata key '${long.key}' is too large: ${Buffer.byteLength(long.value ?? '')} bytes of at most ${MOST_VALUE_BYTES}.`,
    )
  const totalBytes = items.reduce(
    (sum, { key, value = '' }) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  )
  if (totalBytes > MOST_TOTAL_BYTES)
    throw invalid(`Metadata is too large: ${totalBytes} bytes of at most ${MOST_TOTAL_BYTES}.`)
  const kept = items.map(({ key, value = '' }) => ({ key, value }))
  return { kind: 'compute#metadata', fingerprint: fingerprint(kept), ...(kept.length > 0 && { items: kept }) }
}

/** Network tags as they are kept. */
export function tagsBody(asked: Json | undefined): JsonObject {
  const { items = [] } = (asked ?? {}) as { readonly items?: readonly string[] }
  const bad = items.find((tag) => !TAG.test(tag))
  if (bad !== undefined) throw invalid(`Invalid value for field 'resource.tags.items': '${bad}' is no tag.`)
  if (items.length > MOST_TAGS)
    throw invalid(`Invalid value for field 'resource.tags.items': ${items.length} tags of at most ${MOST_TAGS}.`)
  return { fingerprint: fingerprint(items), ...(items.length > 0 && { items }) }
}

/** What Compute Engine fills in when the request does not say it. */
export const instanceDefaults: JsonObject = {
  canIpForward: false,
  cpuPlatform: 'Unknown CPU Platform',
  deletionProtection: false,
  startRestricted: false,
  scheduling: {
    automaticRestart: true,
    onHostMaintenance: 'MIGRATE',
    preemptible: false,
    provisioningModel: 'STANDARD',
  },
  shieldedInstanceConfig: { enableSecureBoot: false, enableVtpm: true, enableIntegrityMonitoring: true },
  shieldedInstanceIntegrityPolicy: { updateAutoLearnPolicy: true },
}
