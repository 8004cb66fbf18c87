import { agentLabels } from '../../shared/documents/labels.ts'
import type { Lease } from '../../shared/documents/heartbeat.ts'
import { names } from '../../shared/documents/names.ts'
import type { Place } from '../../shared/documents/names.ts'
import type { StepName } from '../../shared/documents/message.ts'
import type { Outcome, Stage } from '../../shared/documents/outcome.ts'
import type { AgentStatus, Resource } from '../../shared/documents/status.ts'
import { agentSubject, effective } from '../../shared/documents/subject.ts'
import type { AgentSubject } from '../../shared/documents/subject.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import type { Backend, MachineWanted } from '../../shared/ports/backend.ts'
import type { Intent } from '../../shared/ports/intent.ts'
import { attempt } from '../../shared/steps/steps.ts'
import { aPlaneSpec, aSpec, aStatus, NOW_MS } from '../fakes/builders.ts'
import type { FakeCloud } from '../fakes/cloud.ts'
import type { FakeMachine } from '../fakes/things.ts'
import { instantCloud } from '../fakes/instant-cloud.ts'
import { inZone } from '../fakes/things.ts'

const INTENT: Intent = { op: 'op1', untilMs: NOW_MS + 120_000 }
const silent = { info: () => {}, warn: () => {}, error: () => {} }

/** What is known of the agent, and of its last heartbeat, when a step is tried. */
export type Given = {
  readonly spec?: Readonly<Record<string, unknown>>
  readonly resources?: Readonly<Record<string, Resource>>
  readonly target?: AgentStatus['target']
  readonly lease?: Lease
  readonly attempt?: number
  /** Zones that it moved out of. */
  readonly left?: string[]
  /** Instead of the cloud's own. */
  readonly backend?: Backend
}

/** One agent of one cloud, without an engine: a step is tried, and what it did and found is seen. */
export type Stand = {
  readonly cloud: FakeCloud
  readonly backend: Backend
  readonly place: Place
  readonly intent: Intent
  /** Every change of the cloud since the beginning, by `port.method`. */
  readonly changes: readonly string[]
  readonly tryStep: (step: StepName, given?: Given, stage?: Stage) => Promise<Outcome>
}

/** What a step is tried about. */
export function subjectOf({ spec = {}, resources = {}, target = 'present', left = [] }: Given = {}): AgentSubject {
  const status = aStatus({ accepted: aSpec(spec), resources, target })
  const pinned = status.pinned && { ...status.pinned, left }
  const subject = agentSubject('acme', { ...status, pinned }, aPlaneSpec())
  if (subject === undefined) throw new Error('not pinned')
  return subject
}

export const PLACE = subjectOf().place

/** An empty cloud. */
export function stand(): Stand {
  const clock = { nowMs: () => NOW_MS }
  const { cloud, backend } = instantCloud({ bus: { publishHeartbeat: async () => {} }, clock, log: silent })
  const changes: string[] = []
  cloud.onMutation.push((method) => changes.push(method))
  return {
    cloud,
    backend,
    place: PLACE,
    intent: INTENT,
    changes,
    tryStep: (step, given = {}, stage) => {
      const lease = async () => given.lease
      const context = {
        subject: subjectOf(given),
        intent: INTENT,
        backend: given.backend ?? backend,
        nowMs: NOW_MS,
        attempt: given.attempt ?? 1,
        lease,
      }
      return attempt(step, context, stage)
    },
  }
}

/** An outcome in few words: what a table can hold. */
export function inShort(outcome: Outcome): string {
  if (outcome.is === 'waiting' || outcome.is === 'failed') return `${outcome.is} ${outcome.reason}`
  return outcome.is
}

/** What a step did and found, in few words. */
export async function result(
  at: Stand,
  step: StepName,
  given: Given = {},
  stage?: Stage,
): Promise<readonly [did: string, found: string]> {
  const outcome = inShort(await at.tryStep(step, given, stage))
  return [at.changes.join(' '), outcome]
}

/** Evidence of an account and a disk, as their steps record it. */
export const MADE: Readonly<Record<string, Resource>> = {
  identity: { id: 'account-1', email: 'ada@acme' },
  disk: { id: 'disk-1', zone: PLACE.zone },
}

/** What the agent's machine is to be made from. */
export function machineWanted(spec: Readonly<Record<string, unknown>> = {}): MachineWanted {
  const { machineType, openclawVersion, restart, ...rest } = effective(aSpec(spec), aPlaneSpec())
  return {
    shape: { machineType, openclawVersion, accountId: 'account-1', diskId: 'disk-1' },
    configuration: machineConfiguration(rest),
    labels: agentLabels(PLACE, rest.owner, rest.labels),
    restart,
  }
}

/** Puts the account and the disk there that MADE is evidence of. */
export function putMade({ cloud }: Stand): void {
  const common = { uid: PLACE.uid, madeMs: NOW_MS, ours: true }
  cloud.accounts.set(names.account(PLACE), {
    ...common,
    id: 'account-1',
    place: PLACE,
    disabled: false,
    attachable: true,
  })
  const disk = { ...common, id: 'disk-1', zone: PLACE.zone, used: false, labels: {} }
  cloud.disks.set(inZone(PLACE, names.disk(PLACE)), disk)
}

/** Puts a machine of the agent's name there. */
export function putMachine({ cloud }: Stand, fields: Partial<FakeMachine> = {}): FakeMachine {
  const machine: FakeMachine = {
    id: 'machine-1',
    uid: PLACE.uid,
    place: PLACE,
    madeMs: NOW_MS,
    ours: true,
    wanted: machineWanted(),
    applied: '',
    state: 'running',
    startedAtMs: NOW_MS,
    beat: false,
    ...fields,
  }
  cloud.machines.set(inZone(machine.place, names.machine(PLACE)), machine)
  return machine
}
