import type { Heartbeat } from '../documents/heartbeat.ts'
import type { StepName } from '../documents/message.ts'
import type { Outcome } from '../documents/outcome.ts'
import type { AgentRef, Ref } from '../documents/ref.ts'
import type { Phase } from '../documents/status.ts'
import type { View } from '../documents/view.ts'
import { begin, giveUp, record } from '../lifecycle/attempt.ts'
import { LEASE_MS } from '../lifecycle/definition.ts'
import { isAgentView } from '../lifecycle/next.ts'
import type { Decision, Run } from '../lifecycle/next.ts'
import { stepOf } from '../lifecycle/verdict.ts'
import type { Intent } from '../ports/intent.ts'
import type { Ports } from '../ports/ports.ts'
import { attempt } from '../steps/steps.ts'
import { book } from './book.ts'
import { outcomeOf } from './translate.ts'
import { write } from './write.ts'
import type { Change, Written } from './write.ts'

/** What a pass is asked for. Without a step it only decides, and asks for what is runnable. */
export type Asked = { readonly step?: StepName | undefined; readonly heartbeat?: Heartbeat | undefined }

/**
 * One pass over one plane or agent: read, write the intent, touch, write the outcome, ask for what is runnable now.
 * Level-triggered: any number of passes, in any order, lead to the same world.
 * Rejects when something could not be written or published; the same message may then be delivered again.
 */
export async function reconcile(ref: Ref, ports: Ports, asked: Asked = {}): Promise<void> {
  if (asked.heartbeat !== undefined && ref.kind === 'agent') await book(ref, asked.heartbeat, ports)
  const started = await start(ref, ports, asked)
  if (started === undefined) return nobody(ref, ports, asked)
  const { written, work } = started
  const outcome = work && (await perform(ref, ports, work))
  const recorded: Change | undefined =
    outcome && work && (({ status }, nowMs) => record(status, work.run.step, work.intent.op, outcome, nowMs))
  const finished = recorded ? await write(ref, ports, recorded, written.view) : written
  await pass(ref, ports, finished ?? written, asked.step)
  if (work === undefined && asked.heartbeat !== undefined) refuseUnheard(written)
}

/** Somebody looks for a heartbeat right now and may have missed this one: it has to come again. */
function refuseUnheard({ decision: { status } }: Written): void {
  if (status.steps['runtime']?.state === 'doing')
    throw new Error('runtime is being verified by another pass; the heartbeat is to be delivered again')
}

/** A message about nothing is no error, but somebody may want to know how many there are. */
function nobody({ plane, uid }: Ref, { log }: Ports, { step }: Asked): void {
  if (step !== undefined) log.warn('message.nobody', { plane, uid, step, count: 1 })
}

type Work = { readonly run: Run; readonly intent: Intent; readonly decision: Decision }

/** Writes the intent, when the step asked for is runnable in the very view that the write is made from. */
async function start(
  ref: Ref,
  ports: Ports,
  { step, heartbeat }: Asked,
): Promise<{ written: Written; work?: Work } | undefined> {
  const op = ports.ids.next()
  let run: Run | undefined
  let untilMs = 0
  const written = await write(ref, ports, ({ status, run: runnable, wake }, nowMs) => {
    run = runnable.find((candidate) => candidate.step === step) ?? woken(status, wake, step, heartbeat)
    untilMs = nowMs + LEASE_MS
    const abandoned = run && giveUp(status, run)
    if (abandoned !== undefined) run = undefined
    return abandoned ?? (run === undefined ? status : begin(status, run, op, nowMs))
  })
  if (written === undefined || run === undefined) return written && { written }
  return { written, work: { run, intent: { op, untilMs }, decision: written.decision } }
}

/** A heartbeat is what a waiting `runtime` waits for: it does not wait for its time as well. */
function woken(
  status: Decision['status'],
  wake: Decision['wake'],
  step: StepName | undefined,
  heartbeat: Heartbeat | undefined,
): Run | undefined {
  const record = status.steps['runtime']
  if (step !== 'runtime' || heartbeat === undefined || record?.state !== 'waiting' || record.want === undefined)
    return undefined
  if (status.target !== 'present' || !wake.some((wait) => wait.step === 'runtime')) return undefined
  return { step: 'runtime', want: record.want }
}

async function perform(ref: Ref, ports: Ports, { run, intent, decision }: Work): Promise<Outcome | undefined> {
  const { subject, status } = decision
  if (subject === undefined) return undefined
  try {
    const lease = async () => (ref.kind === 'agent' ? ports.documents.readLease(ref) : undefined)
    const context = {
      subject,
      intent,
      backend: ports.backend(subject.backend),
      nowMs: ports.clock.nowMs(),
      attempt: stepOf(status, run.step).attempt,
      lease,
    }
    return await attempt(run.step, context, run.stage)
  } catch (error) {
    ports.log.warn('step.error', {
      plane: ref.plane,
      uid: ref.uid,
      step: run.step,
      reason: error instanceof Error ? error.name : 'Error',
    })
    return outcomeOf(error)
  }
}

/** Every pass asks for all that is runnable now: whatever was lost before is made up for. */
async function pass(
  ref: Ref,
  ports: Ports,
  { view, decision, phaseBefore }: Written,
  step: StepName | undefined,
): Promise<void> {
  const { run, wake, specDone } = decision
  if (specDone && view.spec !== undefined) await ports.documents.deleteSpec(ref, view.spec.generation)
  // A step's own pass sets that step's timer; a pass for the whole agent sets all of them. Same key, same timer.
  const due = wake.filter((wait) => step === undefined || wait.step === step)
  await Promise.all(due.map((wait) => ports.delays.schedule({ ref, step: wait.step }, wait.atMs, wait.key)))
  const messages = run.map((runnable) => ({ ref, step: runnable.step }))
  if (messages.length > 0) await ports.bus.publish(messages)
  if (ref.kind === 'agent') await wakeOthers(ref, ports, view, decision.status.phase)
  if (decision.status.phase !== phaseBefore)
    ports.log.info('phase', { plane: ref.plane, uid: ref.uid, reason: decision.status.phase })
}

/** The last agent to go lets its closing plane go too; one that is gone lets another take its name. */
async function wakeOthers(ref: AgentRef, ports: Ports, view: View, phase: Phase): Promise<void> {
  if (!isAgentView(view) || (phase !== 'Removed' && phase !== 'Purged')) return
  const { successor, plane } = view
  if (successor !== undefined) await ports.bus.publish([{ ref: { ...ref, uid: successor }, step: 'identity' }])
  if (phase === 'Purged' && plane.status?.status.target === 'absent')
    await ports.bus.publish([{ ref: plane.ref, step: 'network' }])
}
