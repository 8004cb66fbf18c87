import { StepName } from './message.ts'

const PLANE_STEPS: ReadonlySet<StepName> = new Set(['services', 'grants', 'network'])

/** The steps of an agent: each has a topic and a function of its own. */
export const agentSteps: readonly StepName[] = StepName.options.filter((step) => !PLANE_STEPS.has(step))

/** Where a plane's steps are asked for. */
export const PLANE_TOPIC = 'step-plane'

/** The Pub/Sub topic that asks for a step. Steps of a plane share one. */
export const topicOf = (step: StepName): string => (PLANE_STEPS.has(step) ? PLANE_TOPIC : `step-${step}`)

/** Where verified heartbeats wait for the sweep. */
export const HEARTBEATS_TOPIC = 'heartbeats'

/** The subscription that the sweep drains. */
export const HEARTBEATS_SUBSCRIPTION = 'heartbeats-sweep'

/** Where messages go that no function could handle. */
export const DEAD_LETTER_TOPIC = 'dead-letter'
