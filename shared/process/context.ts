import { homedir } from 'node:os'
import { join } from 'node:path'
import { identityLabels, isOurs } from '../documents/labels.ts'
import type { ResourceLabels } from '../documents/labels.ts'
import type { Place } from '../documents/names.ts'
import type { Clock } from '../ports/clock.ts'
import { ProviderError } from '../ports/errors.ts'
import { readRecord } from './files.ts'

/** What every adapter of this backend works with. */
export type ProcessContext = {
  /** One folder holds everything of every agent. */
  readonly stateDir: string
  readonly clock: Clock
}

/** What is kept beside every resource. */
export type Labelled = { readonly labels: ResourceLabels; readonly createdAtMs: number }

/** The labels of something that its port does not label. */
export const labelled = (place: Place, clock: Clock): Labelled => ({
  labels: identityLabels(place),
  createdAtMs: clock.nowMs(),
})

/** Reads the record of one of our resources. @throws ProviderError Conflict when what stands there is not ours */
export async function readOwn<T extends Labelled>(path: string, place: Place): Promise<T | undefined> {
  const record = await readRecord<T>(path)
  if (record === undefined || isOurs(record.labels, place)) return record
  throw new ProviderError('Conflict', `${path} belongs to somebody else and was left alone; move it away and retry`)
}

/** Where OpenClaw releases are installed, shared by every installation of this Unix user. */
export const defaultCacheDir = (env: Readonly<Record<string, string | undefined>>): string =>
  join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'agents-plane', 'openclaw')
