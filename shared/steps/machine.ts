import { failed, removed, ready, waiting } from '../documents/outcome.ts'
import type { Outcome } from '../documents/outcome.ts'
import { identityLabels, ownerLabel, sameLabels } from '../documents/labels.ts'
import type { Resource } from '../documents/status.ts'
import { names } from '../documents/names.ts'
import type { AgentSubject, EffectiveSpec } from '../documents/subject.ts'
import { machineConfiguration } from '../openclaw/configuration.ts'
import type { Machine, MachineShape, MachineWanted } from '../ports/backend.ts'
import { idOf, nameConflict } from './step.ts'
import type { Context, Step } from './step.ts'

/** How soon to look again at a machine that is on its way. */
const POLL_MS = 2_000

function wantedOf(subject: AgentSubject, spec: EffectiveSpec): MachineWanted {
  return {
    shape: {
      machineType: spec.machineType,
      openclawVersion: spec.openclawVersion,
      accountId: idOf(subject, 'identity', 'id'),
      diskId: idOf(subject, 'disk', 'id'),
    },
    configuration: machineConfiguration(spec),
    labels: { ...spec.labels, ...identityLabels(subject.place), 'ap-owner': ownerLabel(subject.owner) },
    restart: spec.restart,
  }
}

const sameShape = (a: MachineShape, b: MachineShape): boolean =>
  a.machineType === b.machineType &&
  a.openclawVersion === b.openclawVersion &&
  a.accountId === b.accountId &&
  a.diskId === b.diskId

/** The machine OpenClaw runs on. Another shape means another machine: deleted by its id, then made anew on the same disk. */
export const machine: Step<AgentSubject> = {
  desired: (subject) => {
    if (subject.spec === undefined) return {}
    const { shape, configuration, labels, restart } = wantedOf(subject, subject.spec)
    return { parked: subject.parked, shape, generation: configuration.generation, labels, restart }
  },

  apply: async (context) => {
    const { subject, backend } = context
    if (subject.spec === undefined) return
    const found = await backend.machines.find(subject.place)
    const wanted = wantedOf(subject, subject.spec)
    if (found === undefined) {
      if (!subject.parked) await backend.machines.insert(context.intent, subject.place, wanted)
    } else if (found.ours) await adjust(context, found, wanted)
  },

  verify: async ({ subject, backend }) => {
    const found = await backend.machines.find(subject.place)
    if (found?.ours === false) return nameConflict(`machine ${names.machine(subject.place)}`)
    if (subject.spec === undefined) return waiting('NoSpec')
    return subject.parked ? stopped(found) : running(found, wantedOf(subject, subject.spec))
  },

  remove: async ({ subject: { place }, backend, intent }) => {
    const found = await backend.machines.find(place)
    if (found === undefined || !found.ours) return removed()
    await backend.machines.delete(intent, place, found.id)
    return (await backend.machines.find(place)) === undefined ? removed() : waiting('Deleting', undefined, POLL_MS)
  },
}

async function adjust(
  { subject, backend, intent, attempt }: Context<AgentSubject>,
  found: Machine,
  wanted: MachineWanted,
): Promise<void> {
  const { machines } = backend
  const { place, parked } = subject
  // An effort begins by making a broken machine anew. One that breaks during it fails the step, and says why.
  const broken = found.state === 'failed' && (parked || attempt === 1)
  if (broken || !sameShape(found.shape, wanted.shape)) return machines.delete(intent, place, found.id)
  if (found.generation !== wanted.configuration.generation)
    await machines.configure(intent, place, found.id, wanted.configuration)
  if (!sameLabels(found.labels, wanted.labels)) await machines.label(intent, place, found.id, wanted.labels)
  if (parked) {
    if (found.state === 'running' || found.state === 'starting') await machines.stop(intent, place, found.id)
  } else if (found.state === 'stopped') await machines.start(intent, place, found.id, wanted.restart)
  else if (found.restart !== wanted.restart && found.state === 'running') await machines.stop(intent, place, found.id)
}

function running(found: Machine | undefined, wanted: MachineWanted): Outcome {
  if (found === undefined) return waiting('Replacing', 'the former machine is gone, the next one comes', POLL_MS)
  if (found.state === 'failed') return failed('MachineFailed', found.detail ?? 'the machine did not start; retry')
  if (!sameShape(found.shape, wanted.shape)) return waiting('Replacing', 'the former machine is being deleted', POLL_MS)
  if (found.state !== 'running') return waiting('Starting', found.detail ?? `the machine is ${found.state}`, POLL_MS)
  if (found.restart !== wanted.restart) return waiting('Restarting', 'the machine is being restarted', POLL_MS)
  if (found.generation !== wanted.configuration.generation)
    return waiting('Configuring', 'the configuration is not set yet', POLL_MS)
  if (!sameLabels(found.labels, wanted.labels)) return waiting('Labelling', 'the labels are not set yet', POLL_MS)
  return ready(evidenceOf(found))
}

const evidenceOf = ({ id, startedAtMs, generation, script }: Machine): Resource => ({
  id,
  startedAtMs,
  generation,
  ...(script === undefined ? {} : { script }),
})

function stopped(found: Machine | undefined): Outcome {
  if (found === undefined) return ready({})
  if (found.state === 'stopped') return ready(evidenceOf(found))
  if (found.state === 'failed') return failed('MachineFailed', found.detail ?? 'the machine failed')
  return waiting('Stopping', `the machine is ${found.state}`, POLL_MS)
}
