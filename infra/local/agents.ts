import { namesIn, readRecord } from '../../shared/process/files.ts'
import { agentLayout, agentsFolder } from '../../shared/process/layout.ts'
import { endMachine } from '../../shared/process/machine-process.ts'
import type { MachineRecord } from '../../shared/process/machine-record.ts'

const WITHIN_MS = 10_000

/** Ends the processes of every agent of a state folder, and nothing else; their records stay, so that a start resumes them. */
export async function endAgents(stateFolder: string): Promise<void> {
  const uids = await namesIn(agentsFolder(stateFolder))
  const ends = await Promise.allSettled(uids.map((uid) => endAgent(stateFolder, uid)))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
}

async function endAgent(stateFolder: string, uid: string): Promise<void> {
  const record = await readRecord<MachineRecord>(agentLayout(stateFolder, { uid }).machineRecord)
  if (record !== undefined) await endMachine(record, { withinMs: WITHIN_MS, mayAct: () => undefined })
}
