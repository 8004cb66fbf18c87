import { isOurs } from '../documents/labels.ts'
import type { Access } from '../ports/backend.ts'
import type { OwnerAccess } from '../ports/people.ts'
import { refuseAfter } from '../ports/intent.ts'
import { labelled, readOwn } from './context.ts'
import type { Labelled, ProcessContext } from './context.ts'
import { readRecord, readText, readUndamaged, removeAll, removeEmpty, writeRecord } from './files.ts'
import { agentLayout } from './layout.ts'
import type { MachineRecord } from './machine-record.ts'
import { isAlive } from './members.ts'

/** A grant as it is kept. It is for one machine; a successor needs another. */
export type AccessRecord = Labelled & { readonly machineId: string; readonly owner: string }

/** Who may be shown the way to an agent. */
export function processAccess({ stateDir, clock }: ProcessContext): Access {
  return {
    find: async (place, machineId) => {
      const record = await readRecord<AccessRecord>(agentLayout(stateDir, place).access)
      if (record === undefined || !isOurs(record.labels, place)) return []
      return machineId === undefined || record.machineId === machineId ? [record.owner] : []
    },
    grant: async (intent, place, machineId, owner) => {
      const path = agentLayout(stateDir, place).access
      const existing = await readOwn<AccessRecord>(path, place)
      refuseAfter(intent, clock.nowMs())
      await writeRecord(path, { ...(existing ?? labelled(place, clock)), machineId, owner } satisfies AccessRecord)
    },
    revoke: async (intent, place) => {
      const { folder, access } = agentLayout(stateDir, place)
      await readOwn(access, place)
      refuseAfter(intent, clock.nowMs())
      await removeAll(access)
      await removeEmpty(folder)
    },
    ownerLogin: async () => ({ status: 'True', reason: 'SameComputer' }),
  }
}

/**
 * Shows the Control UI's address and the gateway's token, while its owner has been granted access. The token travels in
 * the fragment, which reaches no server and no log. https://docs.openclaw.ai/web/urls
 */
export function processOwnerAccess({ stateDir }: Pick<ProcessContext, 'stateDir'>): OwnerAccess {
  return {
    show: async (place) => {
      const paths = agentLayout(stateDir, place)
      const machine = await readUndamaged<MachineRecord>(paths.machineRecord)
      const granted = await readUndamaged<AccessRecord>(paths.access)
      const token = await readText(paths.gatewayToken)
      if (machine?.process === undefined || granted?.machineId !== machine.id || token === undefined) return undefined
      if (!(await isAlive(machine.process))) return undefined
      return { url: `http://127.0.0.1:${machine.port}/#token=${encodeURIComponent(token)}`, token }
    },
  }
}
