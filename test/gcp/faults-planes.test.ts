import { expect, test } from 'vitest'
import type { PlaneRef } from '../../shared/documents/ref.ts'
import { aFleet } from './fleet.ts'
import type { Fleet } from './fleet.ts'
import { isTimer } from './fleet-breaks.ts'
import type { Break, Fate, Sent } from './fleet-breaks.ts'
import { aPlane, pictureOf, PLANE } from './fleet-life.ts'

const FATES: readonly Fate[] = ['lostRequest', 'lostAnswer', 'crash', 'unavailable', 'operationFails']

/** How often a plane's making and its end change something: a few parts of the network. */
const MOST_CHANGES = 10

const change = (fate: Fate, number: number): Break => ({
  fate,
  matches: (sent, index) => sent.changes && !isTimer(sent) && index === number,
})

const inWords = ({ chapter, line }: Sent): string => `${chapter} ${line}`

async function endOf(fleet: Fleet, { plane, uid }: PlaneRef, broken?: Break): Promise<void> {
  fleet.begin(uid, 'end', broken)
  await fleet.putPlane(plane, { ...PLANE, desiredState: 'removed' })
  await fleet.until(uid, ({ phase }) => phase === 'Purged')
}

test.each(FATES)('every plane comes right and goes whose n-th change meets its fate: %s', async (fate) => {
  const fleet = await aFleet()
  const calm = await aPlane(fleet, 'calm')
  const wanted = pictureOf(fleet, calm.uid)
  await endOf(fleet, calm)
  const all = fleet.sent.filter((sent) => sent.changes && !isTimer(sent)).map(inWords)
  for (let number = 0; number < MOST_CHANGES; number++) {
    const ref = await aPlane(fleet, `plane-${number}`, change(fate, number))
    expect(pictureOf(fleet, ref.uid), `change ${number}`).toEqual(wanted)
    await endOf(fleet, ref, change(fate, number))
    expect(pictureOf(fleet, ref.uid), `change ${number}`).toEqual([])
  }
  expect([...new Set(fleet.broken.map(inWords))].toSorted()).toEqual([...new Set(all)].toSorted())
})
