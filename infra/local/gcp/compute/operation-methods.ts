import type { Call, Served, World } from '../world.ts'
import { lastOf, scopeOf } from './references.ts'

// https://cloud.google.com/compute/docs/reference/rest/v1/zoneOperations/wait
const LONGEST_WAIT_MS = 120_000

const show = ({ resource }: Call, { operations }: World): ReturnType<World['operations']['get']> =>
  operations.get(scopeOf(resource), lastOf(resource))

export const getOperation: Served = { handle: show }

/** Answers when the operation is done, or after two minutes, whichever is first. */
export const waitForOperation: Served = {
  handle: async (call, world) => {
    const { clock, operations } = world
    const doneAtMs = operations.doneAtMs(scopeOf(call.resource), lastOf(call.resource))
    await clock.sleep(Math.min(doneAtMs - clock.nowMs(), LONGEST_WAIT_MS))
    operations.settle()
    return show(call, world)
  },
}
