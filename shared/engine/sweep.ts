import type { Lease } from '../documents/heartbeat.ts'
import { uidsOf } from '../documents/names.ts'
import type { PlaneRef } from '../documents/ref.ts'
import type { PlaneStatus } from '../documents/status.ts'
import type { SpecSeen } from '../lifecycle/attention.ts'
import type { Ports } from '../ports/ports.ts'
import { lookout } from './lookout.ts'
import type { Found } from './lookout.ts'
import { observePlane } from './observe-plane.ts'
import { removeOrphans } from './orphans.ts'
import { reconcile } from './reconcile.ts'
import { survey } from './survey.ts'
import type { Swept } from './swept.ts'
import { inspect } from './inspect.ts'

/** How many heartbeats one sweep books; the rest waits for the next. */
const MAX_HEARTBEATS = 20_000

/** How many agents are looked at at once. */
const WIDTH = 16

/**
 * The scheduled pass: books heartbeats, marks who is late, asks steps to repair what drifted, resends what got lost, and
 * finds what nobody owns. Settled agents cost no write. What fails for one agent is logged and stops no other.
 */
export async function sweep(ports: Ports): Promise<void> {
  const drainedAtMs = ports.clock.nowMs()
  const { heartbeats, acknowledge } = await ports.inbox.drain(MAX_HEARTBEATS)
  const byUid = Map.groupBy(heartbeats, ({ claims }) => uidsOf(claims.email)?.uid ?? '')
  for (const plane of await ports.documents.listPlanes()) {
    await guarded(ports, { plane: plane.plane }, () => sweepPlane(plane, { heartbeats: byUid, drainedAtMs }, ports))
  }
  await acknowledge()
}

async function sweepPlane(
  plane: PlaneRef,
  drained: Pick<Swept, 'heartbeats' | 'drainedAtMs'>,
  ports: Ports,
): Promise<void> {
  await reconcile(plane, ports)
  const { status } = await ports.documents.viewPlane(plane)
  if (status === undefined) return sweepNewcomers(plane, await specsOf(plane, ports), new Set(), ports)
  const found = await guarded(ports, { plane: plane.plane }, () => sweepIn(plane, status.status, drained, ports))
  await guarded(ports, { plane: plane.plane }, () => observePlane(plane, status.status, found, ports))
}

/** The agents of a plane, and what is known of their own policies. */
async function sweepIn(
  plane: PlaneRef,
  status: PlaneStatus,
  drained: Pick<Swept, 'heartbeats' | 'drainedAtMs'>,
  ports: Ports,
): Promise<Found | undefined> {
  const { pinned } = status
  // Agents of a plane that is not there yet still have to be told so.
  if (pinned === undefined) {
    await sweepNewcomers(plane, await specsOf(plane, ports), new Set(), ports)
    return undefined
  }
  const { project, region } = pinned
  const listedSinceMs = ports.clock.nowMs()
  // The world first, statuses second: what was made in between has a status by the time it is looked for.
  const seen = await survey(ports, { project, region, planeUid: plane.uid })
  const specs = await specsOf(plane, ports)
  const leases = await ports.documents.readLeases(plane.plane)
  const watch = lookout({ plane, status, seen, ports })
  await sweepAgents({ plane, status, listedSinceMs, seen, specs, leases, lookout: watch, ...drained }, ports)
  return watch.found()
}

async function sweepAgents(swept: Swept, ports: Ports): Promise<void> {
  const { plane, specs, seen } = swept
  const known = new Set<string>()
  const leases = new Map<string, Lease | undefined>()
  for await (const page of ports.documents.listStatuses(plane.plane)) {
    for (const { status } of page) {
      known.add(status.uid)
      swept.lookout.note(status)
    }
    await inTurns(page, async ({ status }) => {
      const lease = await guarded(ports, { uid: status.uid }, () => inspect(status, swept, ports))
      if (lease !== undefined) leases.set(status.uid, lease)
    })
  }
  for (const uid of swept.leases.keys()) if (!known.has(uid)) leases.set(uid, undefined)
  const unknown = new Map([...seen].filter(([uid]) => !known.has(uid)))
  const about = { plane: plane.plane }
  await guarded(ports, about, () => bookAll(swept, leases, ports))
  await guarded(ports, about, () => sweepNewcomers(plane, specs, known, ports))
  await guarded(ports, about, () => removeOrphans(swept, unknown, ports))
}

/** Writes what the sweep found, save where `runtime` has booked a heartbeat meanwhile: the next sweep looks at that one. */
async function bookAll(
  { plane: { plane }, leases: before }: Swept,
  found: ReadonlyMap<string, Lease | undefined>,
  { documents }: Ports,
): Promise<void> {
  if (found.size === 0) return
  const now = await documents.readLeases(plane)
  const same = (uid: string): boolean =>
    before.get(uid)?.iatS === now.get(uid)?.iatS && before.get(uid)?.instanceId === now.get(uid)?.instanceId
  const unchanged = new Map([...found].filter(([uid]) => same(uid)))
  if (unchanged.size > 0) await documents.writeLeases(plane, unchanged)
}

/** Specs whose event never came. */
async function sweepNewcomers(
  plane: PlaneRef,
  specs: Swept['specs'],
  known: ReadonlySet<string>,
  ports: Ports,
): Promise<void> {
  const newcomers = [...specs].filter(([, { uid }]) => !known.has(uid))
  await inTurns(newcomers, ([name, { uid }]) =>
    guarded(ports, { uid }, () =>
      reconcile({ kind: 'agent', plane: plane.plane, planeUid: plane.uid, name, uid }, ports),
    ),
  )
}

async function specsOf({ plane }: PlaneRef, { documents }: Ports): Promise<Map<string, SpecSeen>> {
  const specs = new Map<string, SpecSeen>()
  for await (const page of documents.listSpecs(plane))
    for (const { ref, generation } of page) specs.set(ref.name, { uid: ref.uid, generation })
  return specs
}

async function guarded<T>(
  ports: Ports,
  about: { plane?: string; uid?: string },
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    ports.log.error('sweep.failed', { ...about, error })
    return undefined
  }
}

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < items.length; i += WIDTH) await Promise.all(items.slice(i, i + WIDTH).map(work))
}
