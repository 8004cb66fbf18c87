import type { World } from '../fakes/world.ts'

/** A world as text, without the ids, versions and times that may differ between two ways to the same end. */
export function worldOf({ store, cloud }: World): string {
  const statuses = [...store.statuses.values()].map(({ status }) => [
    status.uid,
    status.phase,
    status.target,
    Object.entries(status.steps)
      .map(([step, { state }]) => `${step} ${state}`)
      .toSorted(),
    Object.keys(status.conditions).toSorted(),
    status.retained.length,
  ])
  return JSON.stringify([sorted(statuses), thingsOf({ cloud }), [...store.agents.keys()].toSorted()])
}

/** What stands in the cloud; with `uids`, of these agents only. A machine that is stopped may as well not be there. */
export function thingsOf({ cloud }: Pick<World, 'cloud'>, uids?: ReadonlySet<string>): string {
  const rows = <T extends { readonly uid: string }>(
    map: ReadonlyMap<string, T>,
    row: (thing: T) => readonly unknown[],
  ): readonly unknown[] =>
    sorted([...map].filter(([, { uid }]) => uids?.has(uid) ?? true).map(([key, thing]) => [nameIn(key), ...row(thing)]))
  const running = new Map([...cloud.machines].filter(([, { state }]) => state === 'running'))
  const names = new Set([...running.keys()].map(nameIn))
  return JSON.stringify([
    rows(cloud.accounts, ({ disabled }) => [disabled]),
    rows(cloud.secrets, ({ reader, writer }) => [reader, writer]),
    rows(cloud.egress, ({ mode, domains }) => [mode, domains]),
    rows(cloud.disks, () => []),
    rows(running, ({ wanted, applied }) => [wanted.shape.machineType, applied]),
    rows(new Map([...cloud.access].filter(([name]) => names.has(name))), ({ owner }) => [owner]),
    [...cloud.networks.keys()],
  ])
}

/** A name without its zone: which one has room is luck. */
const nameIn = (key: string): string => key.slice(key.indexOf('/') + 1)

const sorted = (rows: readonly unknown[]): readonly unknown[] => rows.map((row) => JSON.stringify(row)).toSorted()
