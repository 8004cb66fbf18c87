import type { Place } from '../documents/names.ts'
import { ProviderError } from '../ports/errors.ts'
import { namesIn, readUndamaged } from './files.ts'
import { agentLayout, agentsFolder } from './layout.ts'
import type { MachineRecord } from './machine-record.ts'
import { findBasePort } from './tcp-ports.ts'

/** Gives out base ports so that no two agents of an installation get the same one. */
export type PortReservation = {
  /** @throws ProviderError QuotaExceeded when none is left */
  reserve(place: Place): Promise<number>
}

/**
 * Remembers what it gave out, because a machine's record is written only after its port was chosen; until the agent is
 * gone, whose folder is made before its machine.
 */
export function portReservation(stateDir: string): PortReservation {
  const given = new Map<string, number>()
  const isGiven = (port: number, uid: string): boolean => [...given].some(([to, at]) => at === port && to !== uid)
  return {
    reserve: async (place) => {
      const uids = await namesIn(agentsFolder(stateDir))
      for (const uid of given.keys()) if (!uids.includes(uid)) given.delete(uid)
      const recorded = await recordedPorts(stateDir, uids, place)
      const port = await findBasePort(place.uid, (at) => recorded.has(at) || isGiven(at, place.uid))
      if (port === undefined)
        throw new ProviderError('QuotaExceeded', 'no free port is left on this computer; remove an agent and retry')
      given.set(place.uid, port)
      return port
    },
  }
}

async function recordedPorts(stateDir: string, uids: readonly string[], place: Place): Promise<ReadonlySet<number>> {
  const others = uids.filter((uid) => uid !== place.uid)
  // What listens is asked as well: a port whose record is damaged is not given out while its machine runs.
  const records = others.map((uid) => readUndamaged<MachineRecord>(agentLayout(stateDir, { uid }).machineRecord))
  return new Set((await Promise.all(records)).flatMap((record) => (record === undefined ? [] : [record.port])))
}
