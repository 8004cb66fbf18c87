import { createHash } from 'node:crypto'
import { topicOf } from '../documents/topics.ts'
import type { StepMessage } from '../documents/message.ts'
import type { Delays } from '../ports/bus.ts'
import { unless } from './errors.ts'
import { googleRequest } from './google.ts'
import type { Google } from './google.ts'

/** Where delayed messages wait, and who sends them. */
export type DelaySettings = {
  /** The control plane's project: its topics and its queue. */
  readonly project: string
  readonly location: string
  readonly queue: string
  /** The address of the account that publishes them. */
  readonly account: string
}

/** https://cloud.google.com/tasks/docs/quotas: a task may wait 30 days; a minute of it is for clocks that differ. */
const FURTHEST_MS = 30 * 24 * 3600 * 1000 - 60_000

/**
 * How much later than asked for, in order. A task that is done holds its name for hours; when this clock, being behind
 * the queue's, still has to wait, the next name is taken, later each time. The names are the same for everybody, so that
 * many deliveries of one wait make one task. Past the last one the sweep asks.
 */
const LATER_MS = [0, 1000, 2000, 4000, 8000, 16_000, 32_000]

/** Delayed messages as tasks of Cloud Tasks, which publish to the step's topic when they are due. */
export const cloudTasks = (google: Google, settings: DelaySettings): Delays => ({
  schedule: async (message, wantedMs, key) => {
    const furthestMs = google.clock.nowMs() + FURTHEST_MS
    for (const laterMs of LATER_MS) {
      const atMs = Math.min(wantedMs + laterMs, furthestMs)
      if (await isWaiting(google, settings, { message, atMs, name: nameOf(message, `${key} ${laterMs}`) })) return
    }
  },
})

type Wait = { readonly message: StepMessage; readonly atMs: number; readonly name: string }

/**
 * A hash: names have a grammar of their own, and those that begin alike slow the queue down.
 * https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks#resource:-task
 */
const nameOf = ({ ref, step }: StepMessage, key: string): string =>
  createHash('sha256').update(`${ref.plane} ${ref.uid} ${step} ${key}`).digest('hex')

/** Whether this task waits after all: made now, or there already and not under way. */
async function isWaiting(google: Google, settings: DelaySettings, wait: Wait): Promise<boolean> {
  const { project, location, queue } = settings
  const queuePath = `projects/${project}/locations/${location}/queues/${queue}`
  const task = { ...taskOf(settings, wait), name: `${queuePath}/tasks/${wait.name}` }
  const create = { service: 'cloudtasks', method: 'POST', path: `v2/${queuePath}/tasks`, body: { task } } as const
  if ((await unless(['AlreadyExists'], googleRequest(google, create))) !== undefined) return true
  const get = { service: 'cloudtasks', method: 'GET', path: `v2/${task.name}` } as const
  const found = await unless(['NotFound'], googleRequest<{ readonly dispatchCount?: number }>(google, get))
  return found !== undefined && (found.dispatchCount ?? 0) === 0
}

function taskOf({ project, account }: DelaySettings, { message, atMs }: Wait): object {
  const data = base64(message)
  return {
    scheduleTime: new Date(atMs).toISOString(),
    httpRequest: {
      url: `https://pubsub.googleapis.com/v1/projects/${project}/topics/${topicOf(message.step)}:publish`,
      httpMethod: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: base64({ messages: [{ data }] }),
      oauthToken: { serviceAccountEmail: account, scope: 'https://www.googleapis.com/auth/pubsub' },
    },
  }
}

const base64 = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64')
