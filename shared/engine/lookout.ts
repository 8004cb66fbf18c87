import type { Reported } from '../documents/outcome.ts'
import type { StepName } from '../documents/message.ts'
import type { PlaneRef } from '../documents/ref.ts'
import type { AgentStatus, PlaneStatus } from '../documents/status.ts'
import { agentSubject } from '../documents/subject.ts'
import type { AgentSubject } from '../documents/subject.ts'
import type { Drift, Footprint } from '../lifecycle/footprint.ts'
import { inTurn } from '../lifecycle/turn.ts'
import { stepOf } from '../lifecycle/verdict.ts'
import type { Policed } from '../ports/exposure.ts'
import type { Ports } from '../ports/ports.ts'
import { idOf } from '../steps/step.ts'
import { ProviderError } from '../ports/errors.ts'
import { unreadable } from './unreadable.ts'

/** Secrets may be read 600 times a minute, by steps as well. */
const MOST_CALLS = 240
/** What those whose turn it is may take of them. */
const CALLS_IN_TURN = 120
/** So many agents that nobody has looked at yet, or in vain, are looked at besides, as far as calls are left. */
const AGAIN = 10

/** What a look costs at an agent that has so many secrets. */
const callsFor = (secrets: number): number => 5 + secrets

/** Agents whose own policies are not as they should be, by name. */
export type Found = { readonly exposed: readonly string[]; readonly unread: readonly string[] }

/** What a look at one agent's own policies showed. */
export type Looked = {
  /** Who else could come by its secrets, and whether its owner's way in works, by name. */
  readonly conditions: Readonly<Record<string, Reported>>
  /** Steps that gave a role which is gone. */
  readonly drift: readonly Drift[]
}

const NOTHING: Looked = { conditions: {}, drift: [] }

/** What one sweep of a plane looks at that is too dear for every sweep. */
export type Lookout = {
  /** Nothing is known of those whose turn it is not. */
  readonly look: (status: AgentStatus) => Promise<Looked>
  /** Takes down what is known of an agent by now. */
  readonly note: (status: AgentStatus) => void
  readonly found: () => Found
}

type Kept = {
  readonly plane: PlaneRef
  readonly status: PlaneStatus
  readonly seen: ReadonlyMap<string, Pick<Footprint, 'secrets'>>
  readonly ports: Ports
}

/** A lookout for one sweep over the agents that were seen. */
export function lookout({ plane, status: { accepted }, seen, ports }: Kept): Lookout {
  const costs = new Map([...seen].map(([uid, { secrets }]) => [uid, callsFor(secrets)]))
  const turn = inTurn(costs, CALLS_IN_TURN, ports.clock.nowMs())
  const taken = [...turn].reduce((sum, uid) => sum + (costs.get(uid) ?? 0), 0)
  const left = { calls: MOST_CALLS - taken, again: AGAIN }
  const exposed: string[] = []
  const unread: string[] = []

  const isDue = (status: AgentStatus, subject: AgentSubject): boolean => {
    if (turn.has(status.uid)) return true
    if (isKnown(status) || left.again-- <= 0) return false
    left.calls -= callsFor(keysOf(subject).length)
    return left.calls >= 0
  }

  return {
    look: async (status) => {
      if (!isOwn(status, plane) || status.observedGeneration === undefined) return NOTHING
      const subject = agentSubject(plane.plane, status, accepted)
      return subject === undefined || !isDue(status, subject) ? NOTHING : lookAt(status, subject, ports)
    },
    note: (status) => {
      const { status: separated } = status.conditions['AdminSeparation'] ?? {}
      if (!isOwn(status, plane) || separated === undefined || separated === 'True') return
      const list = separated === 'False' ? exposed : unread
      list.push(status.name)
    },
    found: () => ({ exposed, unread }),
  }
}

/** Of whom something is left to be kept secret, in this plane and not in a former one of its name. */
const isOwn = ({ target, planeUid }: AgentStatus, plane: PlaneRef): boolean =>
  target !== 'absent' && planeUid === plane.uid

const isKnown = ({ conditions }: AgentStatus): boolean =>
  ['True', 'False'].includes(conditions['AdminSeparation']?.status ?? 'Unknown')

const keysOf = (subject: AgentSubject): readonly string[] =>
  idOf(subject, 'secrets', 'keys')
    .split(' ')
    .filter((key) => key !== '')

async function lookAt(status: AgentStatus, subject: AgentSubject, ports: Ports): Promise<Looked> {
  const { exposure, access } = ports.backend(subject.backend)
  const { place, owner } = subject
  const machineId = idOf(subject, 'machine', 'id')
  const [policed, login] = await Promise.all([
    exposure?.(place, { owner, secrets: keysOf(subject), machineId: machineId || undefined }).catch(unpoliced),
    // Before there is a machine nobody asks whether its owner gets in.
    machineId === '' ? undefined : access.ownerLogin(place, owner).catch(unseen),
  ])
  return {
    conditions: {
      ...(policed && { AdminSeparation: policed.separation ?? NO_ROOM }),
      ...(login && { OwnerLogin: login }),
    },
    drift: policed?.missing.filter(({ step }) => hasGiven(status, subject, step)) ?? [],
  }
}

const unpoliced = (error: unknown): Policed => ({ separation: unseen(error), missing: [] })

/** What is known after a look in vain. */
const unseen = (error: unknown): Reported =>
  error instanceof ProviderError && error.kind === 'RateLimited' ? NO_ROOM : unreadable(error)

/** While many agents are being made their steps use up the reads there are: nobody has to do anything about that. */
const NO_ROOM: Reported = {
  status: 'Unknown',
  reason: 'NotReadYet',
  message: 'there was no room to read it; a later sweep does',
}

/** A step at work is about to give its roles, and a new machine starts with nobody. */
function hasGiven(status: AgentStatus, subject: AgentSubject, step: StepName): boolean {
  if (stepOf(status, step).state !== 'ready') return false
  const admitted = idOf(subject, 'access', 'machine')
  return step !== 'access' || (admitted !== '' && admitted === idOf(subject, 'machine', 'id'))
}
