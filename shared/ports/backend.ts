import type { PlanePlace, Place } from '../documents/names.ts'
import type { ResourceLabels } from '../documents/labels.ts'
import type { Reported } from '../documents/outcome.ts'
import type { Exposure } from './exposure.ts'
import type { Intent } from './intent.ts'
import type { PlaneResources } from './plane-resources.ts'

/**
 * What a backend offers. Every mutating method takes the attempt's intent first, refuses to act after it ends
 * (LeaseExpired), is idempotent, and translates the provider's errors into ProviderError. `find` reads strongly;
 * `delete` succeeds on the absent. A resource of our name with other labels is found with `ours: false`, never touched.
 */
export type Backend = {
  readonly identity: IdentityPort
  readonly secrets: SecretStore
  readonly egress: EgressPort
  readonly disks: Disks
  readonly machines: Machines
  readonly access: Access
  readonly plane: PlaneResources
  readonly inventory: Inventory
  /** Absent where agents are not kept apart at all, which `Isolation` says. */
  readonly exposure?: Exposure
}

export type Account = {
  /** The provider's own id: never the same for an account that was deleted and made again. */
  readonly uniqueId: string
  readonly email: string
  readonly disabled: boolean
  readonly ours: boolean
  /** Whether whoever makes machines may give one this account. */
  readonly attachable: boolean
}

export type IdentityPort = {
  find(place: Place): Promise<Account | undefined>
  create(intent: Intent, place: Place): Promise<Account>
  makeAttachable(intent: Intent, place: Place): Promise<void>
  setDisabled(intent: Intent, place: Place, disabled: boolean): Promise<void>
  delete(intent: Intent, place: Place): Promise<void>
}

export type SecretInfo = {
  readonly key: string
  readonly ours: boolean
  /** Who may read its value, and who may add one, as it was read back. */
  readonly readers: readonly string[]
  readonly writers: readonly string[]
  readonly labels: ResourceLabels
  /** Whether a value that was destroyed by mistake comes back; absent where none can be destroyed. */
  readonly recoverable?: boolean
}

/** Secrets by name. No method here reads or writes a value. */
export type SecretStore = {
  /** Lists may lag behind; of `keys` it is known now whether they are there. */
  list(place: Place, keys?: readonly string[]): Promise<readonly SecretInfo[]>
  create(intent: Intent, place: Place, key: string, labels: ResourceLabels): Promise<void>
  /** Makes these its labels: others of ours go. Its values are recoverable again, too. */
  label(intent: Intent, place: Place, key: string, labels: ResourceLabels): Promise<void>
  /** Makes `reader` the only reader and `writer` the only one who may add a version. */
  bind(
    intent: Intent,
    place: Place,
    key: string,
    who: { readonly reader: string; readonly writer: string },
  ): Promise<void>
  delete(intent: Intent, place: Place, key: string): Promise<void>
  /** Whether somebody has set its value; not so of a secret that is not there. */
  hasValue(place: Place, key: string): Promise<boolean>
}

export type EgressPolicy = { readonly mode: 'open' | 'restricted'; readonly domains: readonly string[] }

export type EgressPort = {
  /** What is in force: undefined when the backend has no rule of its own for this agent. */
  find(place: Place): Promise<(EgressPolicy & { readonly ours: boolean }) | undefined>
  set(intent: Intent, place: Place, policy: EgressPolicy): Promise<void>
  delete(intent: Intent, place: Place): Promise<void>
  /** What this backend can enforce; `none` is shown to everybody who looks at the agent. */
  readonly enforcement: 'network' | 'none'
}

export type Disk = {
  readonly id: string
  readonly zone: string
  readonly ours: boolean
  readonly attached: boolean
  /** Whether a machine ever had it: then it holds somebody's work. */
  readonly used: boolean
  /** Whether snapshots are made of it as the plane says; always, where there are none. */
  readonly scheduled: boolean
  readonly labels: ResourceLabels
}

/** Data disks. One of the same name may stand in every zone: these are about the place's own. */
export type Disks = {
  find(place: Place): Promise<Disk | undefined>
  /** @throws ProviderError Stockout when the zone has no room */
  create(intent: Intent, place: Place, labels: ResourceLabels): Promise<Disk>
  /** Makes these its labels: others of ours go. */
  label(intent: Intent, place: Place, labels: ResourceLabels): Promise<void>
  /** Has snapshots made of it as the plane says. */
  schedule(intent: Intent, place: Place): Promise<void>
  delete(intent: Intent, place: Place): Promise<void>
}

/** What a machine is made from. Changing one of these means another machine. */
export type MachineShape = {
  readonly machineType: string
  readonly openclawVersion: string
  readonly accountId: string
  readonly diskId: string
}

/** What a running machine is told, without secrets. `generation` is the hash of the rest. */
export type MachineConfiguration = {
  readonly generation: string
  readonly openclaw: unknown
  readonly thinkingClock?: unknown
}

export type MachineWanted = {
  readonly shape: MachineShape
  readonly configuration: MachineConfiguration
  readonly labels: ResourceLabels
  /** Raised to restart the machine. */
  readonly restart: number
}

export type Machine = {
  /** The provider's own id: another machine of the same name has another. */
  readonly id: string
  readonly ours: boolean
  readonly state: 'starting' | 'running' | 'stopping' | 'stopped' | 'failed'
  /** With `failed`: why, for a person. With `starting`: what it is doing. */
  readonly detail?: string | undefined
  /** When it was last told to start, in milliseconds of the provider's clock. */
  readonly startedAtMs: number
  readonly shape: MachineShape
  readonly labels: ResourceLabels
  /** Those of the disk it boots from, as far as they are the machine's; absent where that is not billed by itself. */
  readonly bootLabels?: ResourceLabels
  readonly generation: string
  readonly restart: number
  /** The hash of the program it boots with, where it has one. */
  readonly script?: string
  /** In which ways it is not as it was made, in words: somebody opened it. */
  readonly deviations?: readonly string[]
  /** Changes with all that it is told. */
  readonly fingerprint?: string
}

export type Machines = {
  find(place: Place): Promise<Machine | undefined>
  /** @throws ProviderError Stockout when the zone has no room */
  insert(intent: Intent, place: Place, wanted: MachineWanted): Promise<void>
  configure(intent: Intent, place: Place, id: string, configuration: MachineConfiguration): Promise<void>
  /** Makes these its labels, and those of what it boots from: others of ours go. */
  label(intent: Intent, place: Place, id: string, labels: ResourceLabels): Promise<void>
  start(intent: Intent, place: Place, id: string, restart: number): Promise<void>
  stop(intent: Intent, place: Place, id: string): Promise<void>
  /** Deletes by the provider's id, so that a successor of the same name is never hit. */
  delete(intent: Intent, place: Place, id: string): Promise<void>
}

export type Access = {
  /** Who may reach this machine and act as its account, as read back; empty when nobody. */
  find(place: Place, machineId: string | undefined): Promise<readonly string[]>
  /** Makes `owner` the only one. */
  grant(intent: Intent, place: Place, machineId: string, owner: string): Promise<void>
  revoke(intent: Intent, place: Place): Promise<void>
  /** Whether the way in works for this person, and who has to do what when it does not. */
  ownerLogin(place: Place, owner: string): Promise<Reported>
}

/** Something of an agent that exists. */
export type Item = {
  readonly kind: 'account' | 'secret' | 'egress' | 'disk' | 'machine'
  readonly uid: string
  readonly id: string
  readonly name: string
  readonly zone?: string
  readonly createdAtMs: number
  /** Machines, disks and secrets only. */
  readonly labels?: ResourceLabels
  /** Disks only: whether snapshots are made of it. */
  readonly scheduled?: boolean
  /** Secrets only: whether a value that was destroyed by mistake comes back. */
  readonly recoverable?: boolean
  /** Accounts only. */
  readonly disabled?: boolean
} & Partial<Pick<Machine, 'state' | 'bootLabels' | 'deviations' | 'fingerprint'>>

export type Inventory = {
  /** Everything labelled as this plane's, in pages of a few hundred. */
  list(place: PlanePlace): AsyncIterable<readonly Item[]>
}
