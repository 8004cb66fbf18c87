import type { Served } from '../world.ts'
import { begin, repeated } from './changes.ts'
import { list } from './lists.ts'
import { targetOf } from './references.ts'

export const getSnapshot: Served = { handle: (call, world) => targetOf(call, 'snapshots', world).body }
export const listSnapshots = list({ collection: 'snapshots', kind: 'snapshot' })

export const deleteSnapshot: Served = {
  handle: (call, world) =>
    repeated(call, world) ?? begin({ call, entry: targetOf(call, 'snapshots', world), finish: () => undefined }, world),
}
