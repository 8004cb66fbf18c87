import { notFound } from './errors.ts'
import type { PolicyRecord } from './iam/policy.ts'
import type { JsonObject } from './json.ts'

/** Kinds of things that exist. Operations are kept apart. */
export type Collection =
  | 'projects'
  | 'folders'
  | 'organizations'
  | 'denyPolicies'
  | 'accounts'
  | 'deletedAccounts'
  | 'roles'
  | 'secrets'
  | 'versions'
  | 'tunnels'
  | 'instances'
  | 'disks'
  | 'snapshots'
  | 'images'
  | 'networks'
  | 'subnetworks'
  | 'routers'
  | 'firewallPolicies'
  | 'resourcePolicies'
  | 'queues'
  | 'tasks'

/** Something that exists. Entries are replaced, never changed. */
export type Entry = {
  readonly collection: Collection
  /** Full name, with the project's id and never its number. */
  readonly name: string
  readonly body: JsonObject
  readonly createdAtMs: number
  readonly policy?: PolicyRecord
  /** Until then it exists, and nothing else can refer to it. */
  readonly readyAtMs?: number
  /** Until then reading it answers 403, and until `readyAtMs` 404: a fresh account. */
  readonly forbiddenUntilMs?: number
  /** What a machine said on its first serial port. Nothing runs here that would say it: whoever plays the machine does. */
  readonly serialOutput?: string
}

export type Store = {
  readonly find: (name: string) => Entry | undefined
  /** Throws NOT_FOUND. */
  readonly get: (name: string) => Entry
  readonly put: (entry: Entry) => void
  readonly delete: (name: string) => void
  /** Everything of one kind whose name begins so, in order of name. */
  readonly list: (collection: Collection, prefix: string) => readonly Entry[]
  readonly all: () => readonly Entry[]
}

export function memoryStore(): Store {
  const entries = new Map<string, Entry>()
  const byCollection = new Map<Collection, Map<string, Entry>>()
  const find = (name: string): Entry | undefined => entries.get(name)
  return {
    find,
    get: (name) => {
      const entry = find(name)
      if (entry === undefined) throw notFound(name)
      return entry
    },
    put: (entry) => {
      entries.set(entry.name, entry)
      const kind = byCollection.get(entry.collection) ?? new Map<string, Entry>()
      byCollection.set(entry.collection, kind.set(entry.name, entry))
    },
    delete: (name) => {
      const entry = entries.get(name)
      entries.delete(name)
      if (entry !== undefined) byCollection.get(entry.collection)?.delete(name)
    },
    list: (collection, prefix) =>
      [...(byCollection.get(collection)?.values() ?? [])]
        .filter(({ name }) => name.startsWith(prefix))
        .toSorted(byName),
    all: () => [...entries.values()].toSorted(byName),
  }
}

const byName = (a: Entry, b: Entry): number => (a.name < b.name ? -1 : 1)
