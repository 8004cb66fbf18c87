import type { AgentSpec } from '../../shared/documents/agent.ts'
import type { PlaneSpec } from '../../shared/documents/plane.ts'
import type { AgentStatus } from '../../shared/documents/status.ts'
import { DEADLINES_MS } from '../../shared/lifecycle/definition.ts'
import type { World } from '../fakes/world.ts'
import { differs } from './oracle.ts'

/** Something that must never be. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

/** Watches a world: what must hold after every event, on the uids the event touched. */
export class Invariants {
  readonly world: World
  /** Uids changed from outside; excused until a sweep that began later has ended. */
  readonly outside = new Set<string>()
  private readonly specs = new Map<string, AgentSpec>()
  private readonly planes = new Map<string, PlaneSpec>()

  constructor(world: World) {
    this.world = world
    world.cloud.onMutation.push((method, uid) => this.onMutation(method, uid))
  }

  readonly check = (): void => {
    this.remember()
    for (const uid of this.world.touched) {
      const status = this.world.store.agentStatus(uid)
      if (status !== undefined) this.checkAgent(status)
    }
    this.world.touched.clear()
  }

  private remember(): void {
    const { agents, planes } = this.world.store
    for (const { generation, parsed } of agents.values()) if (parsed.ok) this.specs.set(generation, parsed.spec)
    for (const { generation, parsed } of planes.values()) if (parsed.ok) this.planes.set(generation, parsed.spec)
  }

  private checkAgent(status: AgentStatus): void {
    const { uid, phase } = status
    const left = this.world.cloud.leftOf(uid)
    if (phase === 'Purged' && left.length > 0 && !this.outside.has(uid))
      this.fail(`${uid} is Purged, yet ${left.join(', ')} is left`)
    if (phase === 'Removed' && left.some((kind) => kind !== 'disk') && !this.outside.has(uid))
      this.fail(`${uid} is Removed, yet ${left.join(', ')} is left`)
    if (phase === 'Removed' || phase === 'Purged') this.noLease(status)
    if (phase === 'Ready' || phase === 'Stopped') this.truthful(status)
    this.oneMachine(status)
  }

  private noLease({ uid, steps }: AgentStatus): void {
    const open = Object.entries(steps).find(([, { state }]) => state === 'doing')
    if (open !== undefined) this.fail(`${uid} is Removed while ${open[0]} holds a lease`)
  }

  /** Ready at a generation means the world is what that generation asks for. */
  private truthful(status: AgentStatus): void {
    if (this.outside.has(status.uid)) return
    const spec = this.specs.get(status.observedGeneration ?? '')
    if (spec === undefined)
      return this.fail(`${status.uid} is ${status.phase} at generation ${status.observedGeneration}, which never was`)
    const stopped = spec.desiredState === 'stopped'
    if ((status.phase === 'Stopped') !== stopped)
      this.fail(`${status.uid} is ${status.phase}, wanted ${spec.desiredState}`)
    const difference = differs(this.world, status, spec, this.planes.get(status.observedPlane ?? ''))
    if (difference !== undefined) this.fail(`${status.uid} is ${status.phase}, yet ${difference}`)
  }

  private oneMachine({ uid, name, planeUid }: AgentStatus): void {
    if (this.outside.has(uid)) return
    const { machines } = this.world.cloud
    const twins = [...machines.values()].filter(({ uid }) => {
      const other = this.world.store.agentStatus(uid)
      return other?.name === name && other.planeUid === planeUid
    })
    if (twins.length > 1) this.fail(`${name} has ${twins.length} machines`)
  }

  private onMutation(method: string, uid: string): void {
    const status = this.world.store.agentStatus(uid)
    if (status === undefined || status.target !== 'absent') return
    if (method.endsWith('.create') && (status.phase === 'Removed' || status.phase === 'Purged'))
      this.fail(`${method} for ${uid}, which is ${status.phase}`)
    if (method === 'machines.delete' && !status.name.startsWith('orphan-')) this.removalOrder(status)
  }

  /** Access goes before the machine, and so does the account's power; unless revoking failed past its deadline. */
  private removalOrder({ uid, steps }: AgentStatus): void {
    const record = steps['access']
    const overdue = record?.sinceMs !== undefined && this.world.nowMs - record.sinceMs >= DEADLINES_MS.access - 60_000
    // Before the first removal intent an attempt of provisioning may still replace the machine.
    if (record?.want?.startsWith('remove:') !== true && record?.state !== 'gone') return
    const { accounts, access } = this.world.cloud
    if (!overdue && [...access.values()].some((grant) => grant.uid === uid))
      this.fail(`the machine of ${uid} goes before its access`)
    if (!overdue && record.state === 'gone' && steps['machine']?.want?.startsWith('remove:'))
      if ([...accounts.values()].some((account) => account.uid === uid && account.ours && !account.disabled))
        this.fail(`the machine of ${uid} goes while its account is enabled`)
  }

  fail(message: string): void {
    this.world.note(`VIOLATION ${message}`)
    throw new Violation(message)
  }
}

/** What must hold in the end: every spec is fulfilled, nothing is left that nobody asked for. */
export function checkEnd(world: World): void {
  const wanted = new Set<string>()
  for (const { uid, parsed, raw } of world.store.agents.values()) {
    wanted.add(uid)
    const status = world.store.agentStatus(uid)
    const expected = endPhase(parsed.ok, raw, status)
    if (status === undefined || !expected.includes(status.phase))
      throw new Violation(
        `${uid} (${String(raw['desiredState'])}) ends ${status?.phase ?? 'without a status'}: ${JSON.stringify(status)}`,
      )
  }
  for (const { status } of world.store.statuses.values()) {
    if (status.kind === 'plane' || wanted.has(status.uid)) continue
    if (status.phase !== 'Removed' && status.phase !== 'Purged')
      throw new Violation(`${status.uid} has no spec and ends ${status.phase}: ${JSON.stringify(status)}`)
  }
  for (const uid of wanted) checkOne(world, uid)
  for (const uid of [
    ...world.cloud.accounts.values(),
    ...world.cloud.machines.values(),
    ...world.cloud.secrets.values(),
  ]
    .filter(({ ours }) => ours)
    .map((thing) => thing.uid))
    if (!wanted.has(uid)) throw new Violation(`${uid} is an orphan: ${world.cloud.leftOf(uid).join(', ')}`)
}

/** However often it moved: at most one machine and one disk. */
function checkOne({ cloud }: World, uid: string): void {
  for (const things of [cloud.machines, cloud.disks]) {
    const zones = [...things].filter(([, thing]) => thing.uid === uid && thing.ours).map(([key]) => key)
    if (zones.length > 1) throw new Violation(`${uid} ends with ${zones.join(' and ')}`)
  }
}

function endPhase(
  valid: boolean,
  raw: Readonly<Record<string, unknown>>,
  status: AgentStatus | undefined,
): readonly string[] {
  if (!valid) return ['Failed', 'Degraded']
  if (status?.conditions['SpecInvalid'] !== undefined) return ['Failed', 'Degraded']
  if (status?.conditions['SpecRejected'] !== undefined) return ['Degraded', 'Removed']
  return raw['desiredState'] === 'stopped' ? ['Stopped'] : ['Ready']
}
