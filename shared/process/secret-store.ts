import { join } from 'node:path'
import { isOurs } from '../documents/labels.ts'
import type { Place } from '../documents/names.ts'
import type { SecretInfo, SecretStore } from '../ports/backend.ts'
import { ProviderError } from '../ports/errors.ts'
import { refuseAfter } from '../ports/intent.ts'
import type { Intent } from '../ports/intent.ts'
import type { ValueVault } from '../ports/people.ts'
import { readOwn } from './context.ts'
import type { Labelled, ProcessContext } from './context.ts'
import { exists, namesIn, readRecord, removeAll, removeEmpty, writeRecord, writeWhole } from './files.ts'
import { agentLayout } from './layout.ts'

/** A secret as it is kept, beside its value and never with it. */
export type SecretRecord = Labelled & { readonly readers: readonly string[]; readonly writers: readonly string[] }

const RECORD = '.json'

const recordPath = (stateDir: string, place: Place, key: string): string =>
  join(agentLayout(stateDir, place).secrets, `${key}${RECORD}`)
const valuePath = (stateDir: string, place: Place, key: string): string =>
  join(agentLayout(stateDir, place).secrets, `${key}.value`)

/** Secrets as files that only the agent's own Unix user can read. */
export function processSecrets({ stateDir, clock }: ProcessContext): SecretStore {
  const rewrite = async (intent: Intent, place: Place, key: string, fields: Partial<SecretRecord>): Promise<void> => {
    const path = recordPath(stateDir, place, key)
    const record = await readOwn<SecretRecord>(path, place)
    if (record === undefined) throw missing(place, key)
    refuseAfter(intent, clock.nowMs())
    await writeRecord(path, { ...record, ...fields })
  }
  return {
    list: (place) => listSecrets(stateDir, place),
    create: async (intent, place, key, labels) => {
      const path = recordPath(stateDir, place, key)
      if ((await readOwn<SecretRecord>(path, place)) !== undefined) return
      refuseAfter(intent, clock.nowMs())
      await writeRecord(path, { labels, createdAtMs: clock.nowMs(), readers: [], writers: [] } satisfies SecretRecord)
    },
    label: (intent, place, key, labels) => rewrite(intent, place, key, { labels }),
    bind: (intent, place, key, { reader, writer }) =>
      rewrite(intent, place, key, { readers: [reader], writers: [writer] }),
    delete: async (intent, place, key) => {
      const { folder, secrets } = agentLayout(stateDir, place)
      await readOwn<SecretRecord>(recordPath(stateDir, place, key), place)
      refuseAfter(intent, clock.nowMs())
      await removeAll(valuePath(stateDir, place, key))
      await removeAll(recordPath(stateDir, place, key))
      // With the last one goes what a crash left of a value.
      if ((await secretKeys(stateDir, place)).length === 0) await removeAll(secrets)
      await removeEmpty(folder)
    },
    hasValue: (place, key) => exists(valuePath(stateDir, place, key)),
  }
}

/** Takes the values that people hand in. */
export function processVault({ stateDir }: Pick<ProcessContext, 'stateDir'>): ValueVault {
  return {
    takes: 'values',
    put: async (place, key, value) => {
      if ((await readOwn<SecretRecord>(recordPath(stateDir, place, key), place)) === undefined)
        throw missing(place, key)
      await writeWhole(valuePath(stateDir, place, key), value)
      if (await exists(recordPath(stateDir, place, key))) return
      // Deleted meanwhile: nobody would look for this value again.
      await removeAll(valuePath(stateDir, place, key))
      await removeEmpty(agentLayout(stateDir, place).secrets)
      await removeEmpty(agentLayout(stateDir, place).folder)
      throw missing(place, key)
    },
  }
}

/** Names of an agent's secrets. */
export async function secretKeys(stateDir: string, place: Pick<Place, 'uid'>): Promise<readonly string[]> {
  const files = await namesIn(agentLayout(stateDir, place).secrets)
  return files
    .filter((name) => name.endsWith(RECORD))
    .map((name) => name.slice(0, -RECORD.length))
    .toSorted()
}

async function listSecrets(stateDir: string, place: Place): Promise<readonly SecretInfo[]> {
  const keys = await secretKeys(stateDir, place)
  const found = keys.map(async (key): Promise<readonly SecretInfo[]> => {
    const record = await readRecord<SecretRecord>(recordPath(stateDir, place, key))
    if (record === undefined) return []
    const { readers, writers, labels } = record
    return [{ key, ours: isOurs(labels, place), readers, writers, labels }]
  })
  return (await Promise.all(found)).flat()
}

const missing = ({ uid }: Place, key: string): ProviderError =>
  new ProviderError('NotFound', `agent ${uid} has no secret "${key}"; name it in the agent's spec first`)
