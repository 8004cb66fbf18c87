import { expect, test } from 'vitest'
import { dispatcher } from '../../infra/local/gcp/dispatch.ts'
import { aCloud, must, PROJECT, START_MS } from './a-cloud.ts'

const QUEUES = `/v2/${PROJECT}/locations/europe-west1/queues`
const TASKS = `${QUEUES}/q/tasks`
const url = 'https://pubsub.googleapis.com/v1/projects/p/topics/step-disk:publish'

/** A queue with one task that is due in a minute. */
async function aQueue() {
  const test = aCloud()
  const name = QUEUES.slice('/v2/'.length)
  await must(test.send, `POST ${QUEUES}`, { name: `${name}/q` })
  await must(test.send, `POST ${TASKS}`, {
    task: {
      name: `${name}/q/tasks/one`,
      scheduleTime: new Date(START_MS + 60_000).toISOString(),
      httpRequest: { url, body: Buffer.from('{"messages":[]}').toString('base64') },
    },
  })
  return test
}

test('a task is delivered when it is due, once', async () => {
  const { cloud, clock, send } = await aQueue()
  const sent: string[] = []
  const { tick } = dispatcher(cloud, async (to, body) => sent.push(`${to} ${body}`) > 0)
  await tick()
  clock.advance(59_000)
  await tick()
  expect(sent).toEqual([])
  clock.advance(1_000)
  await Promise.all([tick(), tick()])
  await tick()
  expect(sent).toEqual([`${url} {"messages":[]}`])
  expect((await send(`GET ${TASKS}/one`)).status).toBe(404)
})

test('a task that was not taken stays due', async () => {
  const { cloud, clock, send } = await aQueue()
  let tries = 0
  const { tick } = dispatcher(cloud, async () => (tries += 1) > 2)
  clock.advance(60_000)
  await tick()
  await tick()
  expect((await send(`GET ${TASKS}/one`)).status).toBe(200)
  await tick()
  await tick()
  expect(tries).toBe(3)
})

test('a task that is deleted while it is delivered is gone', async () => {
  const { cloud, clock, send } = await aQueue()
  const { tick } = dispatcher(cloud, async () => (await send(`DELETE ${TASKS}/one`)).status === 200)
  clock.advance(60_000)
  await tick()
  expect((await send(`GET ${TASKS}/one`)).status).toBe(404)
})
