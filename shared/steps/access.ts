import { removed, ready, waiting } from '../documents/outcome.ts'
import type { AgentSubject } from '../documents/subject.ts'
import { idOf } from './step.ts'
import type { Step } from './step.ts'

/** The way in, for the owner only. It hangs on one machine's id, so it is redone when that changes. */
export const access: Step<AgentSubject> = {
  desired: (subject) => ({
    owner: subject.owner,
    machine: idOf(subject, 'machine', 'id'),
    account: idOf(subject, 'identity', 'id'),
  }),

  apply: async ({ subject, backend, intent }) => {
    const machineId = idOf(subject, 'machine', 'id')
    if (machineId === '') return
    const members = await backend.access.find(subject.place, machineId)
    if (!isOnly(members, subject.owner)) await backend.access.grant(intent, subject.place, machineId, subject.owner)
  },

  verify: async ({ subject, backend }) => {
    const machineId = idOf(subject, 'machine', 'id')
    // Stopped before it ever ran: there is nothing to reach yet.
    if (machineId === '') return ready({})
    const members = await backend.access.find(subject.place, machineId)
    if (isOnly(members, subject.owner))
      return ready(
        { machine: machineId },
        { OwnerLogin: await backend.access.ownerLogin(subject.place, subject.owner) },
      )
    return waiting('AccessNotExact', 'the policy does not name exactly the owner yet')
  },

  remove: async ({ subject: { place }, backend, intent }) => {
    if ((await backend.access.find(place, undefined)).length === 0) return removed()
    await backend.access.revoke(intent, place)
    return (await backend.access.find(place, undefined)).length === 0 ? removed() : waiting('Revoking')
  },
}

const isOnly = (members: readonly string[], owner: string): boolean => members.length === 1 && members[0] === owner
