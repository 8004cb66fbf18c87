import { describe, expect, test } from 'vitest'
import { identityLabels } from '../../shared/documents/labels.ts'
import { names } from '../../shared/documents/names.ts'
import { compute, must, PROJECT } from './a-cloud.ts'
import { PLACE } from './adapter-stand.ts'
import { aComputeStand, anAttempt, DISK_PATH, NAME } from './compute-stand.ts'
import type { ComputeStand } from './compute-stand.ts'

const LABELS = identityLabels(PLACE)
const SNAPSHOTS = `${compute(PROJECT)}/global/snapshots`
const SCHEDULE_PATH = `regions/${PLACE.region}/resourcePolicies/${names.snapshotSchedule(PLACE)}`

async function snapshot({ send }: ComputeStand, disk: string, name: string, labels = {}): Promise<void> {
  await must(send, `POST ${disk}/createSnapshot`, { name, labels })
}

const left = async ({ send }: ComputeStand): Promise<readonly unknown[]> => {
  const { items = [] } = await must(send, `GET ${SNAPSHOTS}`)
  return (items as readonly { readonly name: string }[]).map(({ name }) => name).toSorted()
}

describe('snapshots', () => {
  const PLANE = { 'ap-managed': 'true', 'ap-plane': 'planeuid22' }

  /** A disk with three scheduled snapshots, beside those of a person and of another agent. */
  async function aDiskWithSnapshots(): Promise<ComputeStand> {
    const stand = await aComputeStand()
    const other = { ...PLACE, uid: 'otheruid22' }
    await stand.ports.disks.create(anAttempt('one'), PLACE, LABELS)
    await stand.ports.disks.create(anAttempt('two'), other, identityLabels(other))
    for (const day of ['a', 'b', 'c']) await snapshot(stand, DISK_PATH, `scheduled-${day}`, PLANE)
    await snapshot(stand, DISK_PATH, 'by-hand')
    await snapshot(stand, DISK_PATH.replace(NAME, 'ap-planeuid22-otheruid22'), 'of-another', PLANE)
    return stand
  }

  test('of a schedule go with their disk, those of a person and of other disks stay', async () => {
    const stand = await aDiskWithSnapshots()
    await stand.ports.disks.delete(anAttempt('delete'), PLACE)
    expect(await left(stand)).toEqual(['by-hand', 'of-another'])
    expect(await stand.ports.disks.find(PLACE)).toBeUndefined()
  })

  test('of a schedule go also when somebody changed their labels, those of another schedule stay', async () => {
    const stand = await aDiskWithSnapshots()
    const { store } = stand.cloud.world
    const made = { 'by-hand': `regions/${PLACE.region}/resourcePolicies/theirs`, 'scheduled-a': SCHEDULE_PATH }
    for (const [name, sourceSnapshotSchedulePolicy] of Object.entries(made)) {
      const entry = store.get(`${PROJECT}/global/snapshots/${name}`)
      store.put({ ...entry, body: { ...entry.body, labels: { team: 'theirs' }, sourceSnapshotSchedulePolicy } })
    }
    await stand.ports.disks.delete(anAttempt('delete'), PLACE)
    expect(await left(stand)).toEqual(['by-hand', 'of-another'])
  })

  test.each(['lostAnswer', 'lostRequest', 'operationFails'] as const)(
    'go before their disk, whatever is %s on the way',
    async (kind) => {
      const stand = await aDiskWithSnapshots()
      const { disks } = stand.ports
      stand.cloud.world.troubles.add({ kind, method: 'compute.snapshots.delete', resource: 'scheduled-b' })
      await expect(disks.delete(anAttempt('one'), PLACE)).rejects.toMatchObject({ kind: 'Unavailable' })
      expect(await disks.find(PLACE)).toMatchObject({ ours: true })
      await disks.delete(anAttempt('two'), PLACE)
      expect(await left(stand)).toEqual(['by-hand', 'of-another'])
      expect(await disks.find(PLACE)).toBeUndefined()
    },
  )

  test('that are many take several attempts, and the disk waits for them', async () => {
    const stand = await aComputeStand()
    const { disks } = stand.ports
    await disks.create(anAttempt('one'), PLACE, LABELS)
    for (let day = 0; day < 25; day++) await snapshot(stand, DISK_PATH, `scheduled-${day}`, PLANE)
    await disks.delete(anAttempt('two'), PLACE)
    expect(await left(stand)).toHaveLength(5)
    expect(await disks.find(PLACE)).toMatchObject({ ours: true })
    await disks.delete(anAttempt('three'), PLACE)
    expect(await left(stand)).toEqual([])
    expect(await disks.find(PLACE)).toBeUndefined()
  })
})
