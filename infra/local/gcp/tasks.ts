import { asText } from './json.ts'
import { time } from './clock.ts'
import { ApiError, invalid } from './errors.ts'
import type { JsonObject } from './json.ts'
import { lastOf } from './compute/references.ts'
import type { Call, Served, World } from './world.ts'

type TaskAsked = {
  readonly name?: string
  readonly scheduleTime?: string
  readonly dispatchDeadline?: string
  readonly httpRequest?: {
    readonly url?: string
    readonly body?: string
    readonly oauthToken?: Sender
    readonly oidcToken?: Sender
  } & JsonObject
}

type Sender = { readonly serviceAccountEmail?: string } & JsonObject

const QUEUE = /^projects\/[^/]+\/locations\/[^/]+\/queues\/[A-Za-z\d-]{1,100}$/
const TASK = /^[A-Za-z\d_-]{1,500}$/
const MOST_BYTES = 100 * 1024
const FURTHEST_MS = 30 * 24 * 3600 * 1000
// https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create#body.request_body.FIELDS.task
const NAME_TAKEN_FOR_MS = 24 * 3600 * 1000

const missing = (what: string): ApiError => new ApiError('NOT_FOUND', `${what} does not exist.`)

export const createQueue: Served = {
  handle: (call, world) => {
    const name = asText(call.body['name'] ?? '')
    if (!QUEUE.test(name) || !name.startsWith(`${call.resource}/queues/`))
      throw invalid(`Queue.name '${name}' must be '${call.resource}/queues/…'.`)
    if (world.store.find(name) !== undefined) throw new ApiError('ALREADY_EXISTS', 'Queue already exists')
    const body = {
      rateLimits: { maxDispatchesPerSecond: 500, maxBurstSize: 100, maxConcurrentDispatches: 1000 },
      retryConfig: { maxAttempts: 100, minBackoff: '0.100s', maxBackoff: '3600s', maxDoublings: 16 },
      ...call.body,
      name,
      state: 'RUNNING',
    }
    world.store.put({ collection: 'queues', name, body, createdAtMs: world.clock.nowMs() })
    return body
  },
}

export const getQueue: Served = {
  handle: ({ resource }, { store }) => {
    const queue = store.find(resource)
    if (queue?.collection !== 'queues') throw missing('Queue')
    return queue.body
  },
}

function scheduleOf({ scheduleTime }: TaskAsked, nowMs: number): number {
  const atMs = scheduleTime === undefined ? nowMs : Date.parse(scheduleTime)
  if (atMs > nowMs + FURTHEST_MS) throw invalid('Task.scheduleTime is more than 30 days in the future.')
  return Math.max(atMs, nowMs)
}

/** A name that was used is taken for a day after its task is done or deleted, so that one message goes out once. */
function nameOf({ name }: TaskAsked, { resource }: Call, { store, clock, ids }: World): string {
  if (name === undefined || name === '') return `${resource}/tasks/${ids.numeric()}`
  const [queue = '', id = ''] = name.split('/tasks/')
  if (queue !== resource || !TASK.test(id)) throw invalid(`Task.name '${name}' must be '${resource}/tasks/…'.`)
  const before = store.find(name)
  if (before === undefined) return name
  if (isGone(before.body) && clock.nowMs() > Number(before.body['goneAtMs']) + NAME_TAKEN_FOR_MS) return name
  throw new ApiError(
    'ALREADY_EXISTS',
    `The task cannot be created because a task with this name existed too recently. For more information about task de-duplication see https://cloud.google.com/tasks/docs.`,
  )
}

const isGone = (body: JsonObject): boolean => body['goneAtMs'] !== undefined

const taskIn = ({ body }: Call): TaskAsked => (body['task'] ?? {}) as TaskAsked

/** The account whose token is to go with a task. */
function senderOf({ httpRequest: { oauthToken, oidcToken } = {} }: TaskAsked, { project }: Call): string | undefined {
  const email = (oauthToken ?? oidcToken)?.serviceAccountEmail
  return email && `projects/${project}/serviceAccounts/${email}`
}

export const createTask: Served = {
  // https://cloud.google.com/tasks/docs/reference/rest/v2/OAuthToken: in the queue's project, and to be used by the caller.
  checks: (call) => {
    const resource = senderOf(taskIn(call), call)
    return resource === undefined ? [] : [{ permission: 'iam.serviceAccounts.actAs', resource }]
  },
  handle: (call, world) => {
    if (world.store.find(call.resource)?.collection !== 'queues') throw missing('Queue')
    const task = taskIn(call)
    const sender = senderOf(task, call)
    if (sender !== undefined && world.store.find(sender) === undefined)
      throw invalid(`The service account ${lastOf(sender)} does not exist in the project of the queue.`)
    const { url = '', body: payload = '' } = task.httpRequest ?? {}
    if (!/^https?:\/\/.+/.test(url)) throw invalid('Task.httpRequest.url must start with http:// or https://.')
    if (Buffer.from(payload, 'base64').length > MOST_BYTES)
      throw invalid(`Task size is larger than the maximum of ${MOST_BYTES} bytes.`)
    const nowMs = world.clock.nowMs()
    const name = nameOf(task, call, world)
    const body = {
      name,
      httpRequest: { httpMethod: 'POST', ...task.httpRequest },
      scheduleTime: time(scheduleOf(task, nowMs)),
      createTime: time(nowMs),
      dispatchDeadline: task.dispatchDeadline ?? '600s',
      view: 'BASIC',
    }
    world.store.put({ collection: 'tasks', name, body, createdAtMs: nowMs })
    return body
  },
}

export const getTask: Served = {
  handle: ({ resource }, { store }) => {
    const task = store.find(resource)
    if (task?.collection !== 'tasks' || isGone(task.body)) throw missing('Task')
    return task.body
  },
}

/** Marks a task as done or deleted: it is gone, and its name is taken for a day. */
export function forgetTask(name: string, { store, clock }: Pick<World, 'store' | 'clock'>): void {
  const task = store.find(name)
  if (task?.collection !== 'tasks' || isGone(task.body)) throw missing('Task')
  store.put({ ...task, body: { ...task.body, goneAtMs: clock.nowMs() } })
}

export const deleteTask: Served = {
  handle: ({ resource }, world) => {
    forgetTask(resource, world)
    return {}
  },
}
