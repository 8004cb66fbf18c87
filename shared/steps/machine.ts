import { failed, removed, ready, waiting } from '../documents/outcome.ts'
import type { Outcome } from '../documents/outcome.ts'
import { agentLabels, sameLabels } from '../documents/labels.ts'
import type { Resource } from '../documents/status.ts'
import { names } from '../documents/names.ts'
import type { Place } from '../documents/names.ts'
import type { AgentSubject, EffectiveSpec } from '../documents/subject.ts'
import { machineConfiguration } from '../openclaw/configuration.ts'
import type { Backend, Machine, MachineShape, MachineWanted } from '../ports/backend.ts'
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
    labels: agentLabels(subject.place, subject.owner, spec.labels),
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
    // Never two machines: what an attempt left in a zone that the agent moved out of goes first.
    if (await takenAway(context, subject.formerPlaces)) return
    const found = await backend.machines.find(subject.place)
    const wanted = wantedOf(subject, subject.spec)
    if (found === undefined) {
      if (!subject.parked) await backend.machines.insert(context.intent, subject.place, wanted)
    } else if (found.ours) await adjust(context, found, wanted)
  },

  verify: async (context) => {
    const { subject, backend } = context
    const found = await backend.machines.find(subject.place)
    if (found?.ours === false) return nameConflict(`machine ${names.machine(subject.place)}`)
    if (subject.spec === undefined) return waiting('NoSpec')
    const [left] = await ours(backend, subject.formerPlaces)
    if (left !== undefined) return waiting('Moving', `the machine in ${left.place.zone} is being deleted`, POLL_MS)
    const how = found && openedBy(found, subject)
    if (found !== undefined && how !== undefined) return opened(found, how, context)
    return subject.parked ? stopped(found) : running(found, wantedOf(subject, subject.spec))
  },

  remove: async (context) => {
    const { place, formerPlaces } = context.subject
    const places = [place, ...formerPlaces]
    if (!(await takenAway(context, places))) return removed()
    return (await ours(context.backend, places)).length === 0 ? removed() : waiting('Deleting', undefined, POLL_MS)
  },
}

type Standing = { readonly place: Place; readonly machine: Machine }

/** Which of these places have a machine of ours. */
async function ours({ machines }: Backend, places: readonly Place[]): Promise<readonly Standing[]> {
  const found = await Promise.all(places.map(async (place) => ({ place, machine: await machines.find(place) })))
  return found.flatMap(({ place, machine }) => (machine?.ours === true ? [{ place, machine }] : []))
}

/** Deletes our machines in these places; whether there were any. */
async function takenAway({ backend, intent }: Context<AgentSubject>, places: readonly Place[]): Promise<boolean> {
  const found = await ours(backend, places)
  for (const { place, machine } of found) await backend.machines.delete(intent, place, machine.id)
  return found.length > 0
}

/**
 * In which way somebody opened a machine. Nobody knows what was done with it since. Its program may be an older release's;
 * it may not change.
 */
function openedBy(found: Machine, { resources }: AgentSubject): string | undefined {
  const { id, script } = resources['machine'] ?? {}
  const reprogrammed = id === found.id && script !== undefined && script !== found.script
  return found.deviations?.[0] ?? (reprogrammed ? 'the program it boots with was changed' : undefined)
}

/** One that is opened so soon after its start was opened by something of the project's, and so will be the next one. */
const SOON_MS = 10 * 60_000

const isSoon = ({ startedAtMs }: Machine, nowMs: number): boolean => nowMs - startedAtMs < SOON_MS

/** Closes a machine that somebody opened: by another one, or by stopping it where another one would be no better. */
async function close(
  { subject, backend, intent, attempt, nowMs }: Context<AgentSubject>,
  found: Machine,
): Promise<void> {
  const { machines } = backend
  if (!isSoon(found, nowMs) || (attempt === 1 && found.state === 'stopped'))
    return machines.delete(intent, subject.place, found.id)
  if (found.state === 'running' || found.state === 'starting') await machines.stop(intent, subject.place, found.id)
}

function opened(found: Machine, how: string, { attempt, nowMs }: Context<AgentSubject>): Outcome {
  if (!isSoon(found, nowMs)) return waiting('Replacing', `${how}; another machine takes its place`, POLL_MS)
  // Whoever retries gets another machine.
  if (attempt === 1 || found.state !== 'stopped') return waiting('Closing', `${how}; it is being stopped`, POLL_MS)
  const why = `${how}, within ten minutes of its start, and was stopped`
  return failed('MachineOpened', `${why}; see what changes this project's machines, then retry`)
}

async function adjust(context: Context<AgentSubject>, found: Machine, wanted: MachineWanted): Promise<void> {
  const { subject, backend, intent, attempt } = context
  const { machines } = backend
  const { place, parked } = subject
  // An effort begins by making a broken machine anew. One that breaks during it fails the step, and says why.
  const broken = found.state === 'failed' && (parked || attempt === 1)
  if (broken || !sameShape(found.shape, wanted.shape)) return machines.delete(intent, place, found.id)
  if (openedBy(found, subject) !== undefined) return close(context, found)
  if (found.generation !== wanted.configuration.generation || isToldElse(found, subject))
    await machines.configure(intent, place, found.id, wanted.configuration)
  if (!isLabelled(found, wanted)) await machines.label(intent, place, found.id, wanted.labels)
  if (parked) {
    if (found.state === 'running' || found.state === 'starting') await machines.stop(intent, place, found.id)
  } else if (found.state === 'stopped') await machines.start(intent, place, found.id, wanted.restart)
  else if (found.restart !== wanted.restart && found.state === 'running') await machines.stop(intent, place, found.id)
}

const isLabelled = ({ labels, bootLabels = labels }: Machine, wanted: MachineWanted): boolean =>
  sameLabels(labels, wanted.labels) && sameLabels(bootLabels, wanted.labels)

/** Told something else since it was looked at last, be it under the same generation. */
function isToldElse({ id, fingerprint }: Machine, { resources }: AgentSubject): boolean {
  const known = resources['machine']
  return known?.['id'] === id && known['fingerprint'] !== undefined && known['fingerprint'] !== fingerprint
}

function running(found: Machine | undefined, wanted: MachineWanted): Outcome {
  if (found === undefined) return waiting('Replacing', 'the former machine is gone, the next one comes', POLL_MS)
  if (found.state === 'failed') return failed('MachineFailed', found.detail ?? 'the machine did not start; retry')
  if (!sameShape(found.shape, wanted.shape)) return waiting('Replacing', 'the former machine is being deleted', POLL_MS)
  if (found.state !== 'running') return waiting('Starting', found.detail ?? `the machine is ${found.state}`, POLL_MS)
  if (found.restart !== wanted.restart) return waiting('Restarting', 'the machine is being restarted', POLL_MS)
  if (found.generation !== wanted.configuration.generation)
    return waiting('Configuring', 'the configuration is not set yet', POLL_MS)
  if (!isLabelled(found, wanted)) return waiting('Labelling', 'the labels are not set yet', POLL_MS)
  return ready(evidenceOf(found))
}

const evidenceOf = ({ id, startedAtMs, generation, script, fingerprint }: Machine): Resource => ({
  id,
  startedAtMs,
  generation,
  ...(script === undefined ? {} : { script }),
  ...(fingerprint === undefined ? {} : { fingerprint }),
})

function stopped(found: Machine | undefined): Outcome {
  if (found === undefined) return ready({})
  if (found.state === 'stopped') return ready(evidenceOf(found))
  if (found.state === 'failed') return failed('MachineFailed', found.detail ?? 'the machine failed')
  return waiting('Stopping', `the machine is ${found.state}`, POLL_MS)
}
