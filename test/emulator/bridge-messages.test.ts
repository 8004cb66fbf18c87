import { describe, expect, test } from 'vitest'
import { deadLetter, eventually, onMessage, running, type Seen } from './bridge-environment.ts'

describe('a published message', () => {
  test('reaches the function as the event production sends', async (context) => {
    const seen: Seen[] = []
    const { id, pubsub } = await running(
      context,
      (name) => onMessage(name, 'step-disk'),
      (event) => void seen.push(event),
    )
    const messageId = await pubsub
      .topic('step-disk')
      .publishMessage({ json: { step: 'disk' }, attributes: { traceparent: '00' } })
    await eventually(() => expect(seen).toHaveLength(1))
    expect(seen[0]).toMatchObject({
      id: messageId,
      type: 'google.cloud.pubsub.topic.v1.messagePublished',
      source: `//pubsub.googleapis.com/projects/${id}/topics/step-disk`,
      data: {
        message: {
          messageId,
          attributes: { traceparent: '00' },
          data: Buffer.from('{"step":"disk"}').toString('base64'),
        },
        deliveryAttempt: 1,
      },
    })
    expect(Object(seen[0]?.data).subscription).toMatch(new RegExp(`^projects/${id}/subscriptions/eventarc-f`))
    expect(Date.parse(Object(seen[0]?.data).message.publishTime)).toBeGreaterThan(0)
  })

  test('of attributes alone reaches the function', async (context) => {
    const seen: Seen[] = []
    const { pubsub } = await running(
      context,
      (name) => onMessage(name, 'step-disk'),
      (event) => void seen.push(event),
    )
    await pubsub.topic('step-disk').publishMessage({ attributes: { only: 'this' } })
    await eventually(() => expect(seen).toHaveLength(1))
    expect(Object(seen[0]?.data).message).toMatchObject({ data: '', attributes: { only: 'this' } })
  })

  test('is tried again until the function succeeds, saying which attempt it is', async (context) => {
    const attempts: number[] = []
    const { pubsub, bridge } = await running(
      context,
      (name) => onMessage(name, 'step-disk'),
      ({ data }) => {
        attempts.push(Object(data).deliveryAttempt)
        if (attempts.length <= 2) throw new Error('not yet')
      },
    )
    await pubsub.topic('step-disk').publishMessage({ json: {} })
    await eventually(() => expect(bridge.counts.delivered).toBe(1))
    expect(attempts).toEqual([1, 2, 3])
  })

  test('that no attempt can handle ends in the dead-letter topic and delays nobody', async (context) => {
    const handled: string[] = []
    const { id, pubsub, bridge } = await running(
      context,
      (name) => onMessage(name, 'step-disk'),
      ({ data }) => {
        const text = Buffer.from(Object(data).message.data, 'base64').toString()
        if (text === 'poison') throw new Error('poison')
        handled.push(text)
      },
    )
    await pubsub.topic('step-disk').publishMessage({ data: Buffer.from('poison'), attributes: { kept: 'yes' } })
    await pubsub.topic('step-disk').publishMessage({ data: Buffer.from('good') })
    const letter = await deadLetter(pubsub)
    expect(letter.data.toString()).toBe('poison')
    expect(letter.attributes).toMatchObject({
      kept: 'yes',
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
      CloudPubSubDeadLetterSourceSubscriptionProject: id,
    })
    expect(letter.attributes['CloudPubSubDeadLetterSourceSubscription']).toMatch(/^eventarc-f/)
    await eventually(() => expect(handled).toEqual(['good']))
    await eventually(() => expect(bridge.counts).toMatchObject({ delivered: 1, deadLettered: 1 }))
  })

  test('two hundred at once are all handled, none twice', async (context) => {
    const handled: string[] = []
    const { pubsub, bridge } = await running(
      context,
      (name) => onMessage(name, 'step-disk'),
      ({ id }) => void handled.push(id),
    )
    const topic = pubsub.topic('step-disk')
    const published = await Promise.all(Array.from({ length: 200 }, () => topic.publishMessage({ json: {} })))
    await eventually(() => expect(bridge.counts.delivered).toBe(200))
    expect(handled.toSorted()).toEqual(published.toSorted())
  })
})

test('a bridge that is stopped lets go of a hanging function within about a second', async (context) => {
  let called = false
  const { pubsub, bridge } = await running(
    context,
    (name) => onMessage(name, 'step-disk'),
    () => {
      called = true
      return new Promise(() => undefined)
    },
  )
  await pubsub.topic('step-disk').publishMessage({ json: {} })
  await eventually(() => expect(called).toBe(true))
  const startedAt = performance.now()
  await bridge.stop()
  expect(performance.now() - startedAt).toBeLessThan(5_000)
  expect(bridge.counts).toMatchObject({ delivered: 0, deadLettered: 0 })
})
