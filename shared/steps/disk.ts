import { failed, removed, ready, waiting } from '../documents/outcome.ts'
import type { Outcome } from '../documents/outcome.ts'
import { agentLabels, sameLabels } from '../documents/labels.ts'
import type { ResourceLabels } from '../documents/labels.ts'
import { names } from '../documents/names.ts'
import type { Place } from '../documents/names.ts'
import type { AgentSubject } from '../documents/subject.ts'
import type { Backend, Disk } from '../ports/backend.ts'
import { nameConflict } from './step.ts'
import type { Context, Step } from './step.ts'

type Standing = { readonly place: Place; readonly disk: Disk }

const wantedLabels = ({ place, owner, spec }: AgentSubject): ResourceLabels =>
  agentLabels(place, owner, spec?.labels ?? {})

type Amended = Pick<Context<AgentSubject>, 'subject' | 'backend' | 'intent'>

/** Whether it may hold somebody's work: then nobody but a removal deletes it. */
const holdsWork = ({ used, attached }: Disk): boolean => used || attached

/** The disk with OpenClaw's state. It outlives every machine, and the agent itself by the plane's retention. */
export const disk: Step<AgentSubject> = {
  desired: (subject) => ({
    disk: names.disk(subject.place),
    zone: subject.place.zone,
    labels: wantedLabels(subject),
  }),

  apply: async ({ subject, backend, intent }) => {
    const { place, formerPlaces } = subject
    const found = await backend.disks.find(place)
    const former = await elsewhere(backend, formerPlaces, found)
    for (const left of former) if (!holdsWork(left.disk)) await backend.disks.delete(intent, left.place)
    if (found?.ours === true) await amend({ subject, backend, intent }, found)
    if (found !== undefined) return
    // Never a second disk beside one that was left behind: it is deleted first, or the agent goes back to it.
    const formerly = former.map((left) => left.place)
    if ((await elsewhere(backend, formerly, found)).length === 0)
      await backend.disks.create(intent, place, wantedLabels(subject))
  },

  verify: async ({ subject, backend }) => {
    const { place, formerPlaces } = subject
    const found = await backend.disks.find(place)
    if (found?.ours === false) return nameConflict(`disk ${names.disk(place)}`)
    const [left] = await elsewhere(backend, formerPlaces, found)
    if (left !== undefined) return leftBehind(left, found, place)
    if (found === undefined) return waiting('DiskMissing', 'the disk is not visible yet')
    if (!sameLabels(found.labels, wantedLabels(subject))) return waiting('Labelling', 'the labels are not set yet')
    if (!found.scheduled) return waiting('Scheduling', 'no snapshots are made of the disk yet')
    return ready({ id: found.id, zone: found.zone })
  },

  remove: async ({ subject, backend, intent }, stage) => {
    const found = await everywhere(backend, subject)
    const name = names.disk(subject.place)
    if (stage === 'held') return removed(...found.map(({ disk: { id, zone } }) => ({ kind: 'disk', name, id, zone })))
    for (const { place } of found) await backend.disks.delete(intent, place)
    if (found.length === 0) return removed()
    return (await everywhere(backend, subject)).length === 0 ? removed() : waiting('Deleting')
  },
}

/** Makes the disk that is there as it has to be. */
async function amend({ subject, backend, intent }: Amended, found: Disk): Promise<void> {
  const { place } = subject
  const labels = wantedLabels(subject)
  if (!sameLabels(found.labels, labels)) await backend.disks.label(intent, place, labels)
  if (!found.scheduled) await backend.disks.schedule(intent, place)
}

/** Our disks in these places. One that is `found` already, too, is of a backend without zones. */
async function elsewhere(
  { disks }: Backend,
  places: readonly Place[],
  found: Disk | undefined,
): Promise<readonly Standing[]> {
  const seen = await Promise.all(places.map(async (place) => ({ place, disk: await disks.find(place) })))
  return seen.flatMap(({ place, disk }) => (disk?.ours === true && disk.id !== found?.id ? [{ place, disk }] : []))
}

/** Our disks in the agent's place and wherever else one may be. */
async function everywhere(backend: Backend, { place, formerPlaces }: AgentSubject): Promise<readonly Standing[]> {
  const disk = await backend.disks.find(place)
  const others = await elsewhere(backend, formerPlaces, disk)
  return disk?.ours === true ? [{ place, disk }, ...others] : others
}

/** A disk in a zone that the agent moved out of. Work in it makes the agent go back, unless there is work in both. */
function leftBehind({ place: { zone }, disk: left }: Standing, found: Disk | undefined, place: Place): Outcome {
  if (!holdsWork(left)) return waiting('Moving', `the empty disk in ${zone} is being deleted`)
  if (found === undefined || !holdsWork(found))
    return {
      is: 'waiting',
      reason: 'DataElsewhere',
      message: `the disk in ${zone} holds data, so the agent goes back there`,
      backTo: zone,
    }
  const name = names.disk(place)
  return failed(
    'TwoDisks',
    `disk ${name} was used both in ${zone} and in ${place.zone}; delete one of them, then retry`,
  )
}
