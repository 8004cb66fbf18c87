import { evidenceOf, isFrom, isProof, originOf } from '../documents/evidence.ts'
import type { BackendName } from '../documents/fields.ts'
import type { ChannelStates, Heartbeat, Lease } from '../documents/heartbeat.ts'
import type { Reported } from '../documents/outcome.ts'
import type { AgentStatus, PlaneStatus } from '../documents/status.ts'
import { stepOf } from './verdict.ts'

/** How often machines report, in milliseconds. */
export const HEARTBEAT_EVERY_MS: Readonly<Record<BackendName, number>> = {
  vm: 60_000,
  kubernetes: 60_000,
  process: 10_000,
}

/** Two and a half missed heartbeats are late. */
const lateAfterMs = (backend: BackendName): number => 2.5 * HEARTBEAT_EVERY_MS[backend]

/** The newest heartbeat that is truly this agent's and not played once more; undefined when none is newer than `booked`. */
export function newestOf(
  status: AgentStatus,
  heartbeats: readonly Heartbeat[],
  booked: Lease | undefined,
  plane?: PlaneStatus,
): Lease | undefined {
  const { resources } = status
  const origin = originOf(status, plane)
  if (origin === undefined) return undefined
  const sameMachine = booked !== undefined && booked.instanceId === resources['machine']?.['id']
  return heartbeats
    .filter((heartbeat) => isFrom(heartbeat, origin))
    .map(evidenceOf)
    .filter((evidence) => isProof(evidence, resources) && (!sameMachine || evidence.iatS > booked.iatS))
    .toSorted((a, b) => b.iatS - a.iatS)[0]
}

/**
 * Whether what is booked says more than a heartbeat that comes now: it was played once more or overtaken, or it comes from
 * a former machine while the recorded one, which has spoken, stands. Before a new one stands it may speak first.
 */
export function isOverruled(status: AgentStatus, { claims }: Heartbeat, booked: Lease): boolean {
  const recorded = stepOf(status, 'machine').state === 'ready' ? status.resources['machine']?.['id'] : undefined
  const isFormer = booked.instanceId === recorded && claims.instanceId !== recorded
  const isSame = booked.instanceId === claims.instanceId
  return isFormer || booked.iatS > claims.iatS || (isSame && booked.iatS === claims.iatS)
}

/**
 * What the last heartbeat says of a running agent; undefined while there is nothing to say. Silence is `Unknown`, never
 * "dead": the outage may be ours, and only the inventory shows that a machine is gone.
 */
export function aliveOf(status: AgentStatus, lease: Lease | undefined, nowMs: number): Reported | undefined {
  const runtime = stepOf(status, 'runtime')
  if (status.target !== 'present' || runtime.state !== 'ready' || status.pinned === undefined) return undefined
  const lateMs = lateAfterMs(status.pinned.backend)
  const proof = lease && isProof(lease, status.resources) ? lease : undefined
  const lastMs = Math.max(proof?.seenAtMs ?? 0, runtime.sinceMs ?? 0)
  if (nowMs - lastMs > lateMs)
    return { status: 'Unknown', reason: 'HeartbeatLate', message: 'no heartbeat for two and a half intervals' }
  if (proof === undefined) return undefined
  if (!proof.ready)
    return {
      status: 'False',
      reason: 'GatewayNotReady',
      message: `not ready: ${proof.failing.join(', ') || 'unknown'}`,
    }
  return { status: 'True', reason: 'HeartbeatVerified' }
}

/**
 * Whether `runtime` gave up on a machine that was only slow: it reports now, ready, from the start and with the
 * configuration that are recorded. A person need not ask for that to be seen.
 */
export function isUpAfterAll(status: AgentStatus, lease: Lease | undefined): boolean {
  const { state, reason } = stepOf(status, 'runtime')
  if (state !== 'failed' || reason === 'Interrupted' || status.target !== 'present' || lease === undefined) return false
  const generation = status.resources['machine']?.['generation']
  return lease.ready && lease.appliedGeneration === generation && isProof(lease, status.resources)
}

const CHANNEL_TEXTS: Readonly<Record<ChannelStates[string], string | undefined>> = {
  connected: undefined,
  disconnected: 'is not connected',
  unpaired: 'has to be paired by its owner',
  unconfigured: 'needs its secrets from its owner',
}

/** What the configured channels need, as the machine reported it; undefined while it has not. */
export function channelsOf({ accepted, target }: AgentStatus, lease: Lease | undefined): Reported | undefined {
  const states = lease?.channels
  if (target !== 'present' || accepted === undefined || accepted.channels.length === 0 || states === undefined)
    return undefined
  const needs = accepted.channels.flatMap(({ kind }) => {
    const text = CHANNEL_TEXTS[states[kind] ?? 'unconfigured']
    return text === undefined ? [] : [`${kind} ${text}`]
  })
  if (needs.length === 0) return { status: 'True', reason: 'Connected' }
  return { status: 'False', reason: 'OwnerMustAct', message: needs.join('; ') }
}
