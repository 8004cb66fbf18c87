import type { Heartbeat } from '../../shared/documents/heartbeat.ts'
import { names, uidsOf } from '../../shared/documents/names.ts'
import type { Place } from '../../shared/documents/names.ts'
import type { Reported } from '../../shared/documents/outcome.ts'
import type { Backend, EgressPolicy, Item, MachineShape } from '../../shared/ports/backend.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import { ProviderError } from '../../shared/ports/errors.ts'
import type { ProviderErrorKind } from '../../shared/ports/errors.ts'
import { cloudBackend } from './backend.ts'
import { inZone, PROJECT_NUMBER } from './things.ts'
import type { FakeAccount, FakeDisk, FakeMachine, FakeNetwork, FakeSecret } from './things.ts'
import type { Worker } from './world.ts'

/** How long a machine boots. */
const BOOT_MS = 10_000

/** What the cloud stands in: its clock, when its effects happen, and who hears of them. */
export type CloudHost = {
  readonly nowMs: number
  /** Told the uids whose resources change. */
  readonly touched: { add(uid: string): void }
  effect<T>(worker: Worker, label: string, run: () => T): Promise<T>
  after(delayMs: number, key: string, fire: () => void): void
  /** A machine reports for the first time since a boot or a new generation. */
  report(uid: string, heartbeat: Heartbeat): void
}

/** The cloud in memory. Everything has our labels unless a test puts a stranger's thing there. */
export class FakeCloud {
  readonly accounts = new Map<string, FakeAccount>()
  readonly secrets = new Map<string, FakeSecret>()
  readonly egress = new Map<string, EgressPolicy & { readonly uid: string; readonly madeMs: number }>()
  /** Disks and machines by zone and name. */
  readonly disks = new Map<string, FakeDisk>()
  readonly machines = new Map<string, FakeMachine>()
  /** Owner by machine name, with the machine id the grant hangs on. */
  readonly access = new Map<string, { readonly machineId: string; readonly owner: string; readonly uid: string }>()
  readonly networks = new Map<string, FakeNetwork>()
  /** The zones of the region, and which have no room: a zone for machines, `disk {zone}` for disks. */
  zones: readonly string[] = []
  readonly full = new Set<string>()
  /** How many more agents fit. */
  fits = 100
  separation: Reported = { status: 'True', reason: 'NoHumanBindings' }
  /** Calls that shall fail from now on, by `port.method`. */
  readonly broken = new Map<string, ProviderErrorKind>()
  /** What a mutating call did, for the order of removal. */
  readonly onMutation: ((method: string, uid: string) => void)[] = []
  readonly host: CloudHost
  private ids = 0

  constructor(host: CloudHost) {
    this.host = host
  }

  id(kind: string): string {
    this.ids += 1
    return `${kind}-${this.ids}`
  }

  backend(worker: Worker, clock: Clock): Backend {
    return cloudBackend(this, worker, clock)
  }

  failIfBroken(method: string): void {
    const kind = this.broken.get(method)
    if (kind !== undefined)
      throw new ProviderError(kind, `${method} was refused: permission x.y.z is missing on projects/acme`)
  }

  refuseIfFull(kind: 'machine' | 'disk', zone: string): void {
    if (!this.full.has(kind === 'machine' ? zone : `disk ${zone}`)) return
    throw new ProviderError('Stockout', `zone ${zone} has no room for this ${kind} now`)
  }

  /** The machine that a disk hangs on. */
  machineOn(diskId: string): FakeMachine | undefined {
    return this.machines.values().find(({ wanted }) => wanted.shape.diskId === diskId)
  }

  /** Takes the disk and the account of a new machine into use. */
  useFor(place: Place, { diskId, accountId }: MachineShape): void {
    const disk = this.disks.get(inZone(place, names.disk(place)))
    if (disk?.id !== diskId) throw new ProviderError('NotFound', `no disk ${diskId} in ${place.zone}`)
    const account = this.accounts.get(names.account(place))
    if (account?.id !== accountId) throw new ProviderError('NotFound', `no account ${accountId}`)
    if (!account.attachable) throw new ProviderError('Denied', 'iam.serviceAccounts.actAs is missing')
    this.refuseIfFull('machine', place.zone)
    disk.used = true
  }

  boot(machine: FakeMachine): void {
    machine.state = 'starting'
    machine.startedAtMs = this.host.nowMs
    this.host.after(BOOT_MS, `boot-${machine.id}-${machine.startedAtMs}`, () => {
      if (
        this.machines.get(inZone(machine.place, names.machine(machine.place))) !== machine ||
        machine.state !== 'starting'
      )
        return
      machine.state = 'running'
      machine.applied = machine.wanted.configuration.generation
      this.host.touched.add(machine.uid)
      this.first(machine)
    })
  }

  /** The first heartbeat of a boot or of a new generation. */
  first(machine: FakeMachine): void {
    const heartbeat = machine.beat ? this.heartbeatOf(machine) : undefined
    if (heartbeat !== undefined) this.host.report(machine.uid, heartbeat)
  }

  heartbeatOf(machine: FakeMachine): Heartbeat | undefined {
    const account = this.accounts.get(names.account(machine.place))
    if (account === undefined || account.disabled || machine.state !== 'running') return undefined
    return {
      claims: {
        sub: account.id,
        email: `${names.account(machine.place)}@acme`,
        instanceId: machine.id,
        zone: machine.place.zone,
        projectId: machine.place.project,
        projectNumber: PROJECT_NUMBER,
        // A machine needs a second to boot, also where the clock stands still.
        iatS: Math.floor(Math.max(this.host.nowMs, machine.startedAtMs + 999) / 1000),
      },
      body: { appliedGeneration: machine.applied, ready: true, failing: [], first: false },
      receivedAtMs: this.host.nowMs,
    }
  }

  /** What running machines report now. */
  heartbeats(): readonly Heartbeat[] {
    return [...this.machines.values()].flatMap((machine) => (machine.beat ? (this.heartbeatOf(machine) ?? []) : []))
  }

  items(planeUid: string): readonly Item[] {
    const ours = (uid: string, name: string): boolean => uid !== '' && uidsOf(name)?.planeUid === planeUid
    const item = (
      kind: Item['kind'],
      name: string,
      { uid, madeMs }: { uid: string; madeMs: number },
      more: Partial<Item> = {},
    ): Item[] =>
      ours(uid, name.split('-').slice(0, 3).join('-'))
        ? [{ kind, uid, id: name, name, createdAtMs: madeMs, ...more }]
        : []
    return [
      ...[...this.accounts].flatMap(([name, account]) =>
        account.ours ? item('account', name, account, { disabled: account.disabled }) : [],
      ),
      ...[...this.secrets].flatMap(([name, secret]) =>
        secret.ours
          ? item('secret', name, secret, { labels: secret.labels, recoverable: secret.forgetful !== true })
          : [],
      ),
      ...[...this.egress].flatMap(([name, rule]) => item('egress', name, rule)),
      ...[...this.disks].flatMap(([name, disk]) =>
        disk.ours
          ? item('disk', name.slice(disk.zone.length + 1), disk, {
              zone: disk.zone,
              id: disk.id,
              labels: disk.labels,
              scheduled: disk.unscheduled !== true,
            })
          : [],
      ),
      ...[...this.machines].flatMap(([name, machine]) =>
        machine.ours
          ? item('machine', name.slice(machine.place.zone.length + 1), machine, {
              id: machine.id,
              state: machine.state,
              zone: machine.place.zone,
              labels: machine.wanted.labels,
              bootLabels: machine.bootLabels ?? machine.wanted.labels,
            })
          : [],
      ),
    ]
  }

  /** What is left of one agent, for invariants. */
  leftOf(uid: string): readonly string[] {
    const has = (map: ReadonlyMap<string, { readonly uid: string; readonly ours?: boolean }>, kind: string): string[] =>
      [...map.values()].some((thing) => thing.uid === uid && thing.ours !== false) ? [kind] : []
    return [
      ...has(this.accounts, 'account'),
      ...has(this.secrets, 'secret'),
      ...has(this.egress, 'egress'),
      ...has(this.disks, 'disk'),
      ...has(this.machines, 'machine'),
      ...has(this.access, 'access'),
    ]
  }
}
