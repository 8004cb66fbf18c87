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
  const things = [
    [...cloud.accounts].map(([name, { disabled }]) => [name, disabled]),
    [...cloud.secrets].map(([name, { reader, writer }]) => [name, reader, writer]),
    [...cloud.egress].map(([name, { mode, domains }]) => [name, mode, domains]),
    [...cloud.disks.keys()],
    [...cloud.machines].map(([name, { state, wanted, applied }]) => [name, state, wanted.shape.machineType, applied]),
    [...cloud.access].map(([name, { owner }]) => [name, owner]),
    [...cloud.networks.keys()],
  ]
  return JSON.stringify([sorted(statuses), things.map(sorted), [...store.agents.keys()].toSorted()])
}

const sorted = (rows: readonly unknown[]): readonly unknown[] => rows.map((row) => JSON.stringify(row)).toSorted()
