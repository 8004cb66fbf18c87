import { readdir } from 'node:fs/promises'
import type { Place } from '../documents/names.ts'
import { ProviderError } from '../ports/errors.ts'
import { readRecord } from './files.ts'
import { agentLayout, agentsFolder } from './layout.ts'
import type { MachineRecord } from './machine-record.ts'
import { findBasePort } from './tcp-ports.ts'

/** Gives out base ports so that no two agents of an installation get the same one. */
export type PortReservation = {
  /** @throws ProviderError QuotaExceeded when none is left */
  reserve(place: Place): Promise<number>
}

/** Remembers what it gave out, because a machine's record is written only after its port was chosen. */
export function portReservation(stateDir: string): PortReservation {
  const given = new Map<string, number>()
  const isGiven = (port: number, uid: string): boolean => [...given].some(([to, at]) => at === port && to !== uid)
  return {
    reserve: async (place) => {
      const recorded = await recordedPorts(stateDir, place)
      const port = await findBasePort(place.uid, (at) => recorded.has(at) || isGiven(at, place.uid))
      if (port === undefined)
        throw new ProviderError('QuotaExceeded', 'no free port is left on this computer; remove an agent and retry')
      given.set(place.uid, port)
      return port
    },
  }
}

async function recordedPorts(stateDir: string, place: Place): Promise<ReadonlySet<number>> {
  const uids = (await readdir(agentsFolder(stateDir)).catch(() => [])).filter((uid) => uid !== place.uid)
  const records = uids.map((uid) => readRecord<MachineRecord>(agentLayout(stateDir, { uid }).machineRecord))
  return new Set((await Promise.all(records)).flatMap((record) => (record === undefined ? [] : [record.port])))
}
