import { removed, ready, waiting } from '../documents/outcome.ts'
import type { Outcome } from '../documents/outcome.ts'
import type { Resource } from '../documents/status.ts'
import { names } from '../documents/names.ts'
import type { AgentSubject } from '../documents/subject.ts'
import type { Backend, EgressPolicy } from '../ports/backend.ts'
import { nameConflict } from './step.ts'
import type { Step } from './step.ts'

const wanted = ({ spec }: AgentSubject): EgressPolicy => spec?.egress ?? { mode: 'open', domains: [] }

/** `open` is what the plane's constant rules already do; only `restricted` needs a rule of the agent's own. */
const needsRule = (policy: EgressPolicy): boolean => policy.mode === 'restricted'

/** A rule is about a set of domains: whoever keeps it may put them into another order. */
const same = (a: EgressPolicy, b: EgressPolicy): boolean =>
  a.mode === b.mode && new Set(a.domains).symmetricDifference(new Set(b.domains)).size === 0

/** What the agent's machine may reach. */
export const egress: Step<AgentSubject> = {
  desired: (subject) => wanted(subject),

  apply: async ({ subject, backend, intent }) => {
    const policy = wanted(subject)
    const found = await backend.egress.find(subject.place)
    if (found?.ours === false) return
    if (!needsRule(policy)) {
      if (found !== undefined) await backend.egress.delete(intent, subject.place)
    } else if (found === undefined || !same(found, policy)) await backend.egress.set(intent, subject.place, policy)
  },

  verify: async ({ subject, backend }) => {
    const policy = wanted(subject)
    const found = await backend.egress.find(subject.place)
    if (found?.ours === false) return nameConflict(`egress rule ${names.egressRule(subject.place)}`)
    const right = needsRule(policy) ? found !== undefined && same(found, policy) : found === undefined
    return right
      ? isolated(backend, { rule: needsRule(policy) })
      : waiting('EgressNotInForce', 'the egress rule is not in force yet')
  },

  remove: async ({ subject: { place }, backend, intent }) => {
    const found = await backend.egress.find(place)
    if (found === undefined || !found.ours) return removed()
    await backend.egress.delete(intent, place)
    return (await backend.egress.find(place)) === undefined ? removed() : waiting('Deleting')
  },
}

function isolated({ egress: { enforcement } }: Backend, resource: Resource): Outcome {
  if (enforcement === 'network') return ready(resource, { Isolation: { status: 'True', reason: 'NetworkPolicy' } })
  const message =
    'agents of this backend share one machine, its network and one Unix user, so that each can read what the others ' +
    'have, secrets too; use the vm backend for isolation'
  return ready(resource, { Isolation: { status: 'False', reason: 'NoNetworkIsolation', message } })
}
