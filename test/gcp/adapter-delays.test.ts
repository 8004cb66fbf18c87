import { describe, expect, test } from 'vitest'
import { cloudTasks } from '../../shared/gcp/cloud-tasks.ts'
import type { StepMessage } from '../../shared/documents/message.ts'
import { forgetTask } from '../../infra/local/gcp/tasks.ts'
import { textOf } from '../../infra/local/gcp/json.ts'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import { email, grant, must, PROJECT, START_MS } from './a-cloud.ts'
import { aStand } from './adapter-stand.ts'
import type { Stand } from './adapter-stand.ts'

const LOCATION = 'projects/demo-project/locations/europe-west1'
const SETTINGS = {
  project: 'demo-project',
  location: 'europe-west1',
  queue: 'delays',
  account: email('planes-delays'),
}
const MESSAGE: StepMessage = {
  ref: { kind: 'agent', plane: 'acme', planeUid: 'planeuid22', name: 'ada', uid: 'agentuid22' },
  step: 'identity',
}
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

type DelayStand = Stand & { readonly delays: ReturnType<typeof cloudTasks> }

async function aQueue(): Promise<DelayStand> {
  const stand = await aStand()
  await must(stand.send, `POST /v2/${LOCATION}/queues`, { name: `${LOCATION}/queues/delays` })
  await must(stand.send, `POST /v1/${PROJECT}/serviceAccounts`, { accountId: 'planes-delays' })
  return { ...stand, delays: cloudTasks(stand.google, SETTINGS) }
}

/** Tasks that wait, as they were asked for. */
const tasks = ({ cloud }: Stand): readonly JsonObject[] =>
  cloud.world.store
    .list('tasks', `${LOCATION}/queues/delays/`)
    .flatMap(({ body }) => ('goneAtMs' in body ? [] : [body]))

const times = (stand: Stand): readonly unknown[] => tasks(stand).map(({ scheduleTime }) => scheduleTime)
const iso = (ms: number): string => new Date(ms).toISOString()

/** Lets the tasks that wait be dispatched. */
function dispatch(stand: Stand): void {
  for (const task of tasks(stand)) forgetTask(textOf(task, 'name'), stand.cloud.world)
}

test('a delayed message is published to its topic by an account of its own', async () => {
  const stand = await aQueue()
  await stand.delays.schedule(MESSAGE, START_MS + HOUR_MS, 'key')
  const [task = {}] = tasks(stand)
  expect(task).toMatchObject({
    name: expect.stringMatching(/\/tasks\/[0-9a-f]{64}$/),
    scheduleTime: iso(START_MS + HOUR_MS),
    httpRequest: {
      url: 'https://pubsub.googleapis.com/v1/projects/demo-project/topics/step-identity:publish',
      httpMethod: 'POST',
      oauthToken: { serviceAccountEmail: SETTINGS.account, scope: 'https://www.googleapis.com/auth/pubsub' },
    },
  })
  const { body } = task['httpRequest'] as { readonly body: string }
  const { messages } = JSON.parse(Buffer.from(body, 'base64').toString()) as {
    readonly messages: { readonly data: string }[]
  }
  expect(messages.map(({ data }) => JSON.parse(Buffer.from(data, 'base64').toString()))).toEqual([MESSAGE])
})

test('one wait is one task, however often it is asked for', async () => {
  const stand = await aQueue()
  stand.cloud.world.troubles.add({ kind: 'lostAnswer', method: 'cloudtasks.projects.locations.queues.tasks.create' })
  const ask = (key: string) => stand.delays.schedule(MESSAGE, START_MS + HOUR_MS, key)
  await expect(ask('key')).rejects.toMatchObject({ kind: 'Unavailable' })
  await Promise.all([ask('key'), ask('key'), ask('key')])
  expect(tasks(stand)).toHaveLength(1)
  await ask('another')
  await stand.delays.schedule({ ...MESSAGE, step: 'disk' }, START_MS + HOUR_MS, 'key')
  await stand.delays.schedule({ ...MESSAGE, ref: { ...MESSAGE.ref, uid: 'agentuid23' } }, START_MS + HOUR_MS, 'key')
  expect(tasks(stand)).toHaveLength(4)
})

describe('a wait that is over for the queue but not for a clock behind it', () => {
  test('is waited for again, later each time, by one task however often it is asked for', async () => {
    const stand = await aQueue()
    const atMs = START_MS + 500
    const ask = () => stand.delays.schedule(MESSAGE, atMs, 'key')
    await ask()
    for (const laterMs of [1000, 2000, 4000]) {
      dispatch(stand)
      await Promise.all([ask(), ask()])
      expect(times(stand)).toEqual([iso(atMs + laterMs)])
    }
  })

  test('is waited for again also while its task is not recorded as done', async () => {
    const stand = await aQueue()
    await stand.delays.schedule(MESSAGE, START_MS + 500, 'key')
    for (const { name, body } of stand.cloud.world.store.list('tasks', `${LOCATION}/`))
      stand.cloud.world.store.put({
        collection: 'tasks',
        name,
        createdAtMs: START_MS,
        body: { ...body, dispatchCount: 1 },
      })
    await stand.delays.schedule(MESSAGE, START_MS + 500, 'key')
    expect(times(stand)).toEqual(expect.arrayContaining([iso(START_MS + 1500)]))
  })

  test('is left to the sweep in the end', async () => {
    const stand = await aQueue()
    for (let times = 0; times < 8; times++) {
      await stand.delays.schedule(MESSAGE, START_MS, 'key')
      dispatch(stand)
    }
    await stand.delays.schedule(MESSAGE, START_MS, 'key')
    expect(tasks(stand)).toEqual([])
  })
})

test('a wait longer than a task can wait is cut into pieces', async () => {
  const stand = await aQueue()
  const purgeAtMs = START_MS + 45 * DAY_MS
  await stand.delays.schedule(MESSAGE, purgeAtMs, 'purge')
  const [first] = times(stand)
  expect(Date.parse(String(first)) - START_MS).toBeGreaterThan(29 * DAY_MS)
  stand.clock.advance(30 * DAY_MS)
  dispatch(stand)
  await stand.delays.schedule(MESSAGE, purgeAtMs, 'purge')
  expect(times(stand)).toEqual([iso(purgeAtMs + 1000)])
})

test('a moment that has passed is now', async () => {
  const stand = await aQueue()
  await stand.delays.schedule(MESSAGE, START_MS - HOUR_MS, 'key')
  expect(times(stand)).toEqual([iso(START_MS)])
})

test('a queue that is missing, busy or away is an error, so that the message is asked for again', async () => {
  const missing = await aStand()
  const lost = cloudTasks(missing.google, SETTINGS).schedule(MESSAGE, START_MS, 'key')
  await expect(lost).rejects.toMatchObject({ kind: 'NotFound' })
  const stand = await aQueue()
  for (const [kind, translated] of [
    ['unavailable', 'Unavailable'],
    ['rateLimited', 'RateLimited'],
  ] as const) {
    stand.cloud.world.troubles.add({ kind, method: 'cloudtasks.projects.locations.queues.tasks.create' })
    await expect(stand.delays.schedule(MESSAGE, START_MS, 'key')).rejects.toMatchObject({ kind: translated })
  }
  expect(tasks(stand)).toEqual([])
})

test('a delayed message is left only by who may use the account that publishes it', async () => {
  const stand = await aQueue()
  await must(stand.send, `POST /v1/${PROJECT}/serviceAccounts`, { accountId: 'planes-disk' })
  await grant(stand.send, `/v3/${PROJECT}`, 'roles/cloudtasks.enqueuer', `serviceAccount:${email('planes-disk')}`)
  const ask = (account: string) =>
    cloudTasks(stand.googleAs(email('planes-disk')), { ...SETTINGS, account }).schedule(MESSAGE, START_MS, 'key')
  await expect(ask(SETTINGS.account)).rejects.toMatchObject({
    kind: 'Denied',
    message: expect.stringContaining('iam.serviceAccounts.actAs'),
  })
  const publisher = `/v1/${PROJECT}/serviceAccounts/${SETTINGS.account}`
  await grant(stand.send, publisher, 'roles/iam.serviceAccountUser', `serviceAccount:${email('planes-disk')}`)
  await ask(SETTINGS.account)
  expect(tasks(stand)).toHaveLength(1)
  const gone = { ...SETTINGS, account: email('planes-gone') }
  await expect(cloudTasks(stand.google, gone).schedule(MESSAGE, START_MS, 'key')).rejects.toMatchObject({
    kind: 'Invalid',
  })
})
