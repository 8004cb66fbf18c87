import { isOurs } from '../documents/labels.ts'
import type { EgressPolicy, EgressPort } from '../ports/backend.ts'
import { refuseAfter } from '../ports/intent.ts'
import { labelled, readOwn } from './context.ts'
import type { Labelled, ProcessContext } from './context.ts'
import { readRecord, removeAll, removeEmpty, writeRecord } from './files.ts'
import { agentLayout } from './layout.ts'

/** A wish about egress as it is kept. */
export type EgressRecord = Labelled & { readonly policy: EgressPolicy }

/** Remembers what was asked for and enforces none of it: processes of one machine share its network. */
export function processEgress({ stateDir, clock }: ProcessContext): EgressPort {
  return {
    enforcement: 'none',
    find: async (place) => {
      const record = await readRecord<EgressRecord>(agentLayout(stateDir, place).egress)
      return record && { ...record.policy, ours: isOurs(record.labels, place) }
    },
    set: async (intent, place, policy) => {
      const path = agentLayout(stateDir, place).egress
      const existing = await readOwn<EgressRecord>(path, place)
      refuseAfter(intent, clock.nowMs())
      await writeRecord(path, { ...(existing ?? labelled(place, clock)), policy })
    },
    delete: async (intent, place) => {
      const { folder, egress } = agentLayout(stateDir, place)
      await readOwn<EgressRecord>(egress, place)
      refuseAfter(intent, clock.nowMs())
      await removeAll(egress)
      await removeEmpty(folder)
    },
  }
}
