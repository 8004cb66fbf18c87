import { PLANE_TOPIC, agentSteps, topicOf } from '../shared/documents/topics.ts'

/** What makes a function run. Its name is the registered and the deployed one. */
export type Trigger = { readonly name: string } & (
  | {
      readonly kind: 'firestore'
      readonly eventType: 'google.cloud.firestore.document.v1.written.withAuthContext'
      readonly document: string
    }
  | { readonly kind: 'topic'; readonly topic: string }
  | { readonly kind: 'http'; readonly path: string }
  | { readonly kind: 'schedule'; readonly cron: string }
)

const written = (name: string, document: string): Trigger => ({
  name,
  kind: 'firestore',
  eventType: 'google.cloud.firestore.document.v1.written.withAuthContext',
  document,
})

/** Every deployed function and what makes it run. */
export const triggers: readonly Trigger[] = [
  written('onPlaneWritten', 'planes/{plane}'),
  written('onAgentWritten', 'planes/{plane}/agents/{name}'),
  ...agentSteps.map((step): Trigger => ({ name: step, kind: 'topic', topic: topicOf(step) })),
  { name: 'plane', kind: 'topic', topic: PLANE_TOPIC },
  { name: 'sweep', kind: 'schedule', cron: '* * * * *' },
  { name: 'heartbeat', kind: 'http', path: '/heartbeat' },
  { name: 'api', kind: 'http', path: '/api' },
  { name: 'slack', kind: 'http', path: '/slack' },
  written('slackNotify', 'planes/{plane}/agentStatus/{uid}'),
]

/** Functions that reconcile, each of which may have something done later. */
export const reconcilers: readonly string[] = ['onPlaneWritten', 'onAgentWritten', ...agentSteps, 'plane', 'sweep']
