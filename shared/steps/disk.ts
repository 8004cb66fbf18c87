import { removed, ready, waiting } from '../documents/outcome.ts'
import { identityLabels } from '../documents/labels.ts'
import { names } from '../documents/names.ts'
import type { AgentSubject } from '../documents/subject.ts'
import { nameConflict } from './step.ts'
import type { Step } from './step.ts'

/** The disk with OpenClaw's state. It outlives every machine, and the agent itself by the plane's retention. */
export const disk: Step<AgentSubject> = {
  desired: ({ place }) => ({ disk: names.disk(place), zone: place.zone }),

  apply: async ({ subject: { place }, backend, intent }) => {
    if ((await backend.disks.find(place)) === undefined)
      await backend.disks.create(intent, place, identityLabels(place))
  },

  verify: async ({ subject: { place }, backend }) => {
    const found = await backend.disks.find(place)
    if (found === undefined) return waiting('DiskMissing', 'the disk is not visible yet')
    if (!found.ours) return nameConflict(`disk ${names.disk(place)}`)
    return ready({ id: found.id, zone: found.zone })
  },

  remove: async ({ subject: { place }, backend, intent }, stage) => {
    const found = await backend.disks.find(place)
    if (found === undefined || !found.ours) return removed()
    if (stage === 'held') return removed({ kind: 'disk', name: names.disk(place), id: found.id, zone: found.zone })
    await backend.disks.delete(intent, place)
    return (await backend.disks.find(place)) === undefined ? removed() : waiting('Deleting')
  },
}
