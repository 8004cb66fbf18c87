import type { JsonObject } from '../../infra/local/gcp/json.ts'

/** Accounts can come back for a month, and messages that wait are no agent's own: they come and go with every minute. */
const PASSING: ReadonlySet<unknown> = new Set(['deletedAccounts', 'tasks'])

/**
 * All that an inventory shows, one row for each thing, whatever it is called: its labels, its state, who may use it and,
 * of a firewall policy, its rules. Two that are alike are of clouds in which the same stands.
 */
export const wholeListing = (inventory: JsonObject): readonly string[] =>
  (inventory['resources'] as readonly JsonObject[])
    .filter(({ collection }) => !PASSING.has(collection))
    .map((row) => JSON.stringify(row))
    .toSorted()
