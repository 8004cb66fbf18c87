import type { AgentStatus, Status } from '../documents/status.ts'
import { drifted } from '../lifecycle/attempt.ts'
import { clear, raise } from '../lifecycle/conditions.ts'
import { driftOf, NOTHING } from '../lifecycle/footprint.ts'
import type { Footprint } from '../lifecycle/footprint.ts'
import { orphansOf, orphanStatus } from '../lifecycle/orphans.ts'
import type { Ports } from '../ports/ports.ts'
import { reconcile } from './reconcile.ts'
import type { Swept } from './swept.ts'
import { write } from './write.ts'

/**
 * Gives things that belong to nobody a status, so that the normal graph takes them away. After a restore the plane says
 * `orphans: report`: agents born since the backup look like orphans too, and an admin has to tell them apart.
 */
export async function removeOrphans(
  swept: Swept,
  unknown: ReadonlyMap<string, Footprint>,
  ports: Ports,
): Promise<void> {
  const { plane, status } = swept
  const reportOnly = status.accepted?.orphans === 'report'
  await report(swept, reportOnly ? unknown.size : 0, ports)
  const remembered = await ports.documents.readOrphans(plane.plane)
  if (reportOnly || (unknown.size === 0 && Object.keys(remembered).length === 0)) return
  const nowMs = ports.clock.nowMs()
  const newest = new Map([...unknown].map(([uid, { newestMs }]) => [uid, newestMs]))
  const { remove, remember } = orphansOf(newest, remembered, nowMs)
  for (const uid of remove) await adopt(uid, zonesOf(unknown.get(uid) ?? NOTHING))
  if (!sameKeys(remember, remembered)) await ports.documents.writeOrphans(plane.plane, remember)

  async function adopt(uid: string, zones: readonly string[]): Promise<void> {
    const adopted = orphanStatus(status, uid, zones, new Date(nowMs).toISOString(), nowMs)
    const ref = { kind: 'agent', plane: plane.plane, planeUid: plane.uid, name: `orphan-${uid}`, uid } as const
    if (adopted === undefined) return
    if (await ports.documents.createStatus(ref, adopted)) await reconcile(ref, ports)
    else await removeAgain(uid, adopted)
  }

  /** Purged agents are not listed, yet have a status: what is found of one is taken away by it once more. */
  async function removeAgain(uid: string, adopted: AgentStatus): Promise<void> {
    const known = await ports.documents.findAgentByUid(uid)
    const seen = unknown.get(uid) ?? NOTHING
    if (known === undefined) return
    await write(known, ports, (decision) => foundAgain(decision.status, seen, adopted, nowMs))
    await reconcile(known, ports)
  }
}

function foundAgain(status: Status, seen: Footprint, adopted: AgentStatus, nowMs: number): Status {
  if (status.kind === 'plane') return status
  return driftOf(status, seen, nowMs).reduce<Status>(
    (left, { step, message }) => drifted(left, step, message),
    located(status, adopted),
  )
}

/** One that was taken for an agent that never was, with nothing to do: by now it is known where it stands. */
const located = (found: AgentStatus, { pinned, purgeAtMs }: AgentStatus): AgentStatus =>
  found.pinned === undefined && found.target === 'absent' ? { ...found, pinned, purgeAtMs, steps: {} } : found

/** Every zone that something of it stands in. */
const zonesOf = ({ disk, machine }: Footprint): readonly string[] => [
  ...new Set(`${machine?.zones ?? ''} ${disk?.zones ?? ''}`.split(' ').filter(Boolean)),
]

async function report({ plane, status }: Swept, count: number, ports: Ports): Promise<void> {
  const message = `${count} agents are known to no document; set the plane's orphans to "remove" to have them taken away`
  const told = (current: Status, nowMs: number): Status =>
    count === 0 ? clear(current, 'Orphans') : raise(current, 'Orphans', 'ReportOnly', message, nowMs)
  const nowMs = ports.clock.nowMs()
  if (told(status, nowMs) !== status) await write(plane, ports, (decision) => told(decision.status, nowMs))
}

const sameKeys = (a: object, b: object): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((key) => key in b)
