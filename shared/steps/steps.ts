import type { AgentSubject, PlaneSubject, Subject } from '../documents/subject.ts'
import type { Outcome, Stage } from '../documents/outcome.ts'
import type { AgentStep, PlaneStep, StepName } from '../documents/message.ts'
import { access } from './access.ts'
import { channels } from './channels.ts'
import { disk } from './disk.ts'
import { egress } from './egress.ts'
import { identity } from './identity.ts'
import { machine } from './machine.ts'
import { network } from './network.ts'
import { runtime } from './runtime.ts'
import { secrets } from './secrets.ts'
import { grants, services } from './services.ts'
import type { Context, Step } from './step.ts'

/** The steps of an agent, by name. */
const agentSteps: Readonly<Record<AgentStep, Step<AgentSubject>>> = {
  identity,
  secrets,
  egress,
  disk,
  machine,
  access,
  channels,
  runtime,
}

/** The steps of a plane, by name. */
const planeSteps: Readonly<Record<PlaneStep, Step<PlaneSubject>>> = { services, grants, network }

const isPlaneStep = (name: StepName): name is PlaneStep => name in planeSteps

/** What a step asks of the world. */
export function desired(name: StepName, subject: Subject): unknown {
  if (subject.kind === 'plane') return isPlaneStep(name) ? planeSteps[name].desired(subject) : undefined
  return isPlaneStep(name) ? undefined : agentSteps[name].desired(subject)
}

/** One attempt of a step: makes it so and reads back, or takes it away as far as `stage`. */
export async function attempt(name: StepName, context: Context<Subject>, stage?: Stage): Promise<Outcome> {
  const { subject } = context
  if (subject.kind === 'plane' && isPlaneStep(name)) return act(planeSteps[name], { ...context, subject }, stage)
  if (subject.kind === 'agent' && !isPlaneStep(name)) return act(agentSteps[name], { ...context, subject }, stage)
  throw new Error(`the step ${name} is none of this ${subject.kind}`)
}

async function act<S extends Subject>(step: Step<S>, context: Context<S>, stage: Stage | undefined): Promise<Outcome> {
  if (stage !== undefined) return step.remove(context, stage)
  await step.apply(context)
  return step.verify(context)
}
