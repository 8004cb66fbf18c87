import type { Reported } from '../documents/outcome.ts'
import type { AgentStatus, Status } from '../documents/status.ts'
import { agentSubject } from '../documents/subject.ts'
import type { AgentSubject } from '../documents/subject.ts'
import { fractionOf } from '../lifecycle/fraction.ts'
import type { Ports } from '../ports/ports.ts'
import { idOf } from '../steps/step.ts'
import type { Swept } from './swept.ts'
import { unreadable } from './unreadable.ts'

/** What one agent's policies say costs five calls and more: so many agents a sweep, each in its turn. */
const PER_SWEEP = 20
const SWEEP_EVERY_MS = 60_000

/** Conditions, by name. */
type Conditions = Readonly<Record<string, Reported>>

/**
 * What changes without anybody's writing it down and is too dear to look at in every sweep: who else could come by an
 * agent's secrets, and whether its owner's way in still works. Nothing for those whose turn it is not.
 */
export async function lookedAtInTurn(status: AgentStatus, swept: Swept, ports: Ports): Promise<Conditions> {
  if (status.target === 'absent' || status.observedGeneration === undefined) return {}
  if (!isTurnOf(status.uid, swept.specs.size, ports.clock.nowMs())) return {}
  const subject = agentSubject(swept.plane.plane, status, swept.status.accepted)
  return subject === undefined ? {} : look(subject, ports)
}

/** Everybody comes up once in as many sweeps as it takes. */
function isTurnOf(uid: string, agents: number, nowMs: number): boolean {
  const turns = Math.max(1, Math.ceil(agents / PER_SWEEP))
  return Math.floor(nowMs / SWEEP_EVERY_MS) % turns === Math.floor(fractionOf(uid) * turns)
}

async function look(subject: AgentSubject, ports: Ports): Promise<Conditions> {
  const { exposure, access } = ports.backend(subject.backend)
  const { place, owner } = subject
  const machineId = idOf(subject, 'machine', 'id')
  const keys = idOf(subject, 'secrets', 'keys')
  const own = { owner, secrets: keys === '' ? [] : keys.split(' '), machineId: machineId || undefined }
  const [separation, login] = await Promise.all([
    exposure?.(place, own).catch(unreadable),
    // Before there is a machine nobody asks whether its owner gets in.
    machineId === '' ? undefined : access.ownerLogin(place, owner).catch(unreadable),
  ])
  return { ...(separation && { AdminSeparation: separation }), ...(login && { OwnerLogin: login }) }
}

/** Whether somebody else could come by an agent's secrets, as far as is known. */
export const isExposed = ({ kind, conditions }: Status): boolean =>
  kind === 'agent' && conditions['AdminSeparation']?.status === 'False'
