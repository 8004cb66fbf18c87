import { agentLabels, labelsHash } from '../documents/labels.ts'
import type { StepName } from '../documents/message.ts'
import type { AgentStatus, Resource, StepStatus } from '../documents/status.ts'
import { stepOf } from './verdict.ts'

/** What a listing of the world shows of one agent. */
export type Footprint = {
  readonly account: boolean
  readonly accountDisabled: boolean
  readonly disk: SeenDisk | undefined
  readonly egress: boolean
  readonly secrets: number
  /** The hashes of their labels, each once; none where a listing shows none. */
  readonly secretLabels: readonly number[]
  /** Whether a value of one of them, destroyed by mistake, would be lost. */
  readonly secretsAtRisk: boolean
  readonly machine: SeenMachine | undefined
  /** When its newest part was made. */
  readonly newestMs: number
}

/** Where something stands; when there are two of it, both zones, parted by a space. */
export type Standing = {
  readonly zones: string
  /** The hash of its labels; absent where a listing shows none. */
  readonly labels: number | undefined
}

/** `scheduled` is absent where a listing does not show whether snapshots are made of it. */
type SeenDisk = Standing & { readonly scheduled?: boolean | undefined }

type SeenMachine = Standing & {
  readonly id: string
  readonly running: boolean
  /** The hash of the labels of what it boots from, where that is billed by itself. */
  readonly bootLabels?: number | undefined
  /** In which way it is not as it was made. */
  readonly deviation?: string | undefined
  readonly fingerprint?: string | undefined
}

/** What a listing shows of an agent it does not mention. */
export const NOTHING: Footprint = {
  account: false,
  accountDisabled: false,
  disk: undefined,
  egress: false,
  secrets: 0,
  secretLabels: [],
  secretsAtRisk: false,
  machine: undefined,
  newestMs: 0,
}

/** A step whose record a listing contradicts. */
export type Drift = { readonly step: StepName; readonly message: string }

/**
 * Where the world differs from what a status says. Only what was recorded before the listing began counts: a listing is
 * older than the status it is compared with.
 */
export function driftOf(status: AgentStatus, seen: Footprint, listedSinceMs: number): readonly Drift[] {
  const settled = (step: StepName, state: StepStatus['state']): boolean => {
    const record = stepOf(status, step)
    return record.state === state && (record.sinceMs ?? 0) < listedSinceMs
  }
  const drift = (step: StepName, message: string | undefined): readonly Drift[] =>
    message !== undefined && settled(step, status.target === 'absent' ? 'gone' : 'ready') ? [{ step, message }] : []
  const differences = status.target === 'absent' ? leftBehind(seen) : missing(status, seen)
  return Object.entries(differences).flatMap(([step, message]) => drift(step as StepName, message))
}

type Differences = Partial<Record<StepName, string | undefined>>

function missing(status: AgentStatus, seen: Footprint): Differences {
  return {
    identity: !seen.account ? 'the account is gone' : seen.accountDisabled ? 'the account is disabled' : undefined,
    disk: diskDrift(status, seen),
    secrets: secretsDrift(status, seen),
    egress: egressDrift(status, seen),
    machine: machineDrift(status, seen),
  }
}

function diskDrift(status: AgentStatus, { disk }: Footprint): string | undefined {
  if (disk === undefined) return 'the data disk is gone'
  const unscheduled = disk.scheduled === false ? 'no snapshots are made of the disk any more' : undefined
  return standingDrift(status, 'disk', disk) ?? unscheduled
}

function secretsDrift(status: AgentStatus, { secrets, secretLabels, secretsAtRisk }: Footprint): string | undefined {
  const wanted = Number(status.resources['secrets']?.['count'] ?? 0)
  if (secrets !== wanted) return `${secrets} of ${wanted} secrets are there`
  const labels = labelsWanted(status)
  const changed = labels !== undefined && secretLabels.some((found) => found !== labels)
  if (changed) return 'the labels of a secret were changed'
  return secretsAtRisk ? 'a value of a secret that is destroyed by mistake would not come back' : undefined
}

/** The hash of the labels that everything of an agent carries. */
function labelsWanted({ uid, planeUid, pinned, accepted }: AgentStatus): number | undefined {
  if (pinned === undefined || accepted === undefined) return undefined
  return labelsHash(agentLabels({ planeUid, uid }, pinned.owner, accepted.labels))
}

function egressDrift({ resources }: AgentStatus, seen: Footprint): string | undefined {
  const wanted = resources['egress']?.['rule'] === true
  if (seen.egress === wanted) return undefined
  return wanted ? 'the egress rule is gone' : 'an egress rule is there that nobody asked for'
}

function machineDrift(status: AgentStatus, { machine }: Footprint): string | undefined {
  const { target, resources } = status
  if (machine === undefined) return target === 'parked' ? undefined : 'the machine is gone'
  if (target === 'parked' && machine.running) return 'the machine runs although it is stopped'
  const standing =
    standingDrift(status, 'machine', machine) ??
    openedDrift(machine, resources['machine']) ??
    labelsDrift(status, 'disk that the machine boots from', machine.bootLabels)
  if (standing !== undefined || target === 'parked') return standing
  if (machine.id !== resources['machine']?.['id']) return 'another machine stands in its place'
  return machine.running ? undefined : 'the machine does not run'
}

/** A machine that somebody opened, or told something else. */
function openedDrift({ id, deviation, fingerprint }: SeenMachine, recorded: Resource = {}): string | undefined {
  if (deviation !== undefined) return `the machine is not as it was made: ${deviation}`
  const known = id === recorded['id'] ? recorded['fingerprint'] : undefined
  return known === undefined || known === fingerprint ? undefined : 'the metadata of the machine was changed'
}

/** Something that stands in a zone which its agent left, or under labels that nobody asked for. */
function standingDrift(status: AgentStatus, what: string, { zones, labels }: Standing): string | undefined {
  const { pinned } = status
  if (pinned === undefined || status.accepted === undefined) return undefined
  if (zones !== pinned.zone && zones.split(' ').some((zone) => pinned.left?.includes(zone)))
    return `the ${what} stands in ${zones.replace(' ', ' and ')}, not in ${pinned.zone} alone`
  return labelsDrift(status, what, labels)
}

function labelsDrift(status: AgentStatus, what: string, labels: number | undefined): string | undefined {
  return labels === undefined || labels === labelsWanted(status) ? undefined : `the labels of the ${what} were changed`
}

const leftBehind = (seen: Footprint): Differences => ({
  identity: seen.account ? 'the account is there again' : undefined,
  disk: seen.disk === undefined ? undefined : 'the disk is there again',
  secrets: seen.secrets > 0 ? 'secrets are there again' : undefined,
  egress: seen.egress ? 'the egress rule is there again' : undefined,
  machine: seen.machine ? 'the machine is there again' : undefined,
})
