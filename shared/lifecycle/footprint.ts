import type { StepName } from '../documents/message.ts'
import type { AgentStatus, StepStatus } from '../documents/status.ts'
import { stepOf } from './verdict.ts'

/** What a listing of the world shows of one agent. */
export type Footprint = {
  readonly account: boolean
  readonly accountDisabled: boolean
  readonly disk: boolean
  readonly egress: boolean
  readonly secrets: number
  readonly machine: { readonly id: string; readonly running: boolean } | undefined
  /** When its newest part was made. */
  readonly newestMs: number
  readonly zone: string
}

/** What a listing shows of an agent it does not mention. */
export const NOTHING: Footprint = {
  account: false,
  accountDisabled: false,
  disk: false,
  egress: false,
  secrets: 0,
  machine: undefined,
  newestMs: 0,
  zone: '',
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
  const wanted = Number(status.resources['secrets']?.['count'] ?? 0)
  return {
    identity: !seen.account ? 'the account is gone' : seen.accountDisabled ? 'the account is disabled' : undefined,
    disk: seen.disk ? undefined : 'the data disk is gone',
    secrets: seen.secrets === wanted ? undefined : `${seen.secrets} of ${wanted} secrets are there`,
    egress: egressDrift(status, seen),
    machine: machineDrift(status, seen),
  }
}

function egressDrift({ resources }: AgentStatus, seen: Footprint): string | undefined {
  const wanted = resources['egress']?.['rule'] === true
  if (seen.egress === wanted) return undefined
  return wanted ? 'the egress rule is gone' : 'an egress rule is there that nobody asked for'
}

function machineDrift({ target, resources }: AgentStatus, { machine }: Footprint): string | undefined {
  if (target === 'parked') return machine?.running ? 'the machine runs although it is stopped' : undefined
  if (machine === undefined) return 'the machine is gone'
  if (machine.id !== resources['machine']?.['id']) return 'another machine stands in its place'
  return machine.running ? undefined : 'the machine does not run'
}

const leftBehind = (seen: Footprint): Differences => ({
  identity: seen.account ? 'the account is there again' : undefined,
  disk: seen.disk ? 'the disk is there again' : undefined,
  secrets: seen.secrets > 0 ? 'secrets are there again' : undefined,
  egress: seen.egress ? 'the egress rule is there again' : undefined,
  machine: seen.machine ? 'the machine is there again' : undefined,
})
