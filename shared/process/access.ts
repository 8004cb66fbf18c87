import { isOurs } from '../documents/labels.ts'
import type { Access } from '../ports/backend.ts'
import type { OwnerAccess } from '../ports/people.ts'
import { refuseAfter } from '../ports/intent.ts'
import { labelled, readOwn } from './context.ts'
import type { Labelled, ProcessContext } from './context.ts'
import { readRecord, readText, readUndamaged, removeAll, removeEmpty, writeRecord } from './files.ts'
import { agentLayout, openclawProgram } from './layout.ts'
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

/** Where agents and installed releases are. */
type Places = { readonly stateDir: string; readonly cacheDir: string }

/** OpenClaw's own command line finds the gateway and its token in the agent's folder. */
const askCommand = (stateFolder: string, program: string): string =>
  `OPENCLAW_STATE_DIR=${quoted(stateFolder)} ${quoted(process.execPath)} ${quoted(program)} agent --agent main --message ping`

/** A word as a shell reads it. */
const quoted = (word: string): string => (/^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

/**
 * Shows the Control UI's address and the gateway's token, while its owner has been granted access. The token travels in
 * the fragment, which reaches no server and no log. https://docs.openclaw.ai/web/urls
 */
export function processOwnerAccess({ stateDir, cacheDir }: Places): OwnerAccess {
  return {
    show: async (place) => {
      const paths = agentLayout(stateDir, place)
      // Asked of every agent that is shown: one without a machine costs one look.
      const machine = await readUndamaged<MachineRecord>(paths.machineRecord)
      if (machine?.process === undefined) return undefined
      const granted = await readUndamaged<AccessRecord>(paths.access)
      const token = await readText(paths.gatewayToken)
      if (granted?.machineId !== machine.id || token === undefined) return undefined
      if (!(await isAlive(machine.process))) return undefined
      const url = `http://127.0.0.1:${machine.port}/#token=${encodeURIComponent(token)}`
      const program = openclawProgram(cacheDir, machine.shape.openclawVersion)
      return { url, token, ask: askCommand(paths.openclawState, program) }
    },
  }
}
