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

/** Delayed messages as tasks of Cloud Tasks, which publish to the step's topic when they are due. */
export function cloudTasks(google: Google, settings: DelaySettings): Delays {
  return {
    schedule: async (message, atMs, key) => {
      const nowMs = google.clock.nowMs()
      const first = { message, atMs: Math.min(atMs, nowMs + FURTHEST_MS), name: nameOf(message, key) }
      if (await isWaiting(google, settings, first)) return
      // That task is done, by a clock ahead of ours: this wait is not over. Its name cannot be used again for now.
      const later = Math.max(first.atMs, nowMs + 1000)
      const again = { message, atMs: later, name: nameOf(message, `${key} ${Math.floor(nowMs / 1000)}`) }
      await isWaiting(google, settings, again)
    },
  }
}

type Wait = { readonly message: StepMessage; readonly atMs: number; readonly name: string }

/**
 * A hash: names have a grammar of their own, and those that begin alike slow the queue down.
 * https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks#resource:-task
 */
const nameOf = ({ ref, step }: StepMessage, key: string): string =>
  createHash('sha256').update(`${ref.plane} ${ref.uid} ${step} ${key}`).digest('hex')

/** Whether this task waits after all: made now, or there already. A name stays taken after its task is done. */
async function isWaiting(google: Google, settings: DelaySettings, wait: Wait): Promise<boolean> {
  const { project, location, queue } = settings
  const tasks = `v2/projects/${project}/locations/${location}/queues/${queue}/tasks`
  const task = { ...taskOf(settings, wait), name: `${tasks.slice('v2/'.length)}/${wait.name}` }
  const create = { service: 'cloudtasks', method: 'POST', path: tasks, body: { task } } as const
  if ((await unless(['AlreadyExists'], googleRequest(google, create))) !== undefined) return true
  const get = { service: 'cloudtasks', method: 'GET', path: `${tasks}/${wait.name}` } as const
  return (await unless(['NotFound'], googleRequest(google, get))) !== undefined
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
