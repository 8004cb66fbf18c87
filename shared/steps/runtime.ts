import { removed, ready, waiting } from '../documents/outcome.ts'
import type { AgentSubject } from '../documents/subject.ts'
import { isProof } from '../documents/evidence.ts'
import { idOf } from './step.ts'
import type { Step } from './step.ts'

/** Without a heartbeat: look at the booked ones this often. */
const POLL_MS = 30_000

/** OpenClaw itself: proven by a heartbeat from exactly the provisioned machine, running exactly this configuration. */
export const runtime: Step<AgentSubject> = {
  desired: (subject) => ({
    account: idOf(subject, 'identity', 'id'),
    machine: idOf(subject, 'machine', 'id'),
    startedAtMs: subject.resources['machine']?.['startedAtMs'],
    generation: idOf(subject, 'machine', 'generation'),
  }),

  apply: async () => {},

  verify: async ({ subject, lease }) => {
    const proof = await lease()
    if (proof === undefined || !isProof(proof, subject.resources))
      return waiting('AwaitingHeartbeat', 'no heartbeat from this machine since it started', POLL_MS)
    if (proof.appliedGeneration !== idOf(subject, 'machine', 'generation'))
      return waiting('ConfigurationPending', 'the machine has not applied the newest configuration yet', POLL_MS)
    if (!proof.ready) return waiting('GatewayNotReady', `not ready: ${proof.failing.join(', ') || 'starting'}`, POLL_MS)
    return ready({}, { Alive: { status: 'True', reason: 'HeartbeatVerified' } })
  },

  remove: async () => removed(),
}
