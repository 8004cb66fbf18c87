import { describe, expect, test } from 'vitest'
import { deliverer, type DelivererOptions } from '../../infra/local/bridge/deliverer.ts'
import type { Delivery } from '../../infra/local/bridge/cloud-event.ts'
import { backoffMs } from '../../infra/local/bridge/retry.ts'
import { recordingLog } from '../fakes/log.ts'

const aDelivery = (functionName = 'f'): Delivery => ({
  functionName,
  letter: { data: new Uint8Array(), attributes: {}, subscription: 's', publishTime: '' },
  event: () => ({ headers: {}, body: new Uint8Array() }),
})

function aDeliverer(overrides: Partial<DelivererOptions>) {
  const { log, lines } = recordingLog()
  const post = deliverer({
    invoke: async () => 204,
    deadLetter: async () => undefined,
    retries: { attempts: 5, baseMs: 1, capMs: 2 },
    concurrencyPerFunction: 2,
    random: () => 0,
    log,
    ...overrides,
  })
  return { post, lines }
}

describe('the pause before another attempt', () => {
  const policy = { attempts: 9, baseMs: 1_000, capMs: 60_000 }

  test.each([
    [1, 0, 500],
    [1, 1, 1_000],
    [3, 1, 4_000],
    [6, 1, 32_000],
    [7, 1, 60_000],
    [50, 0, 30_000],
  ])('after attempt %i with chance %f is %i ms', (attempt, chance, expected) => {
    expect(backoffMs(attempt, policy, () => chance)).toBe(expected)
  })
})

describe('a delivery', () => {
  test('is done at the first success', async () => {
    const { post } = aDeliverer({})
    expect(await post.deliver(aDelivery())).toBe('delivered')
    expect(post.counts).toEqual({ delivered: 1, retried: 0, deadLettered: 0, dropped: 0 })
  })

  test.each([100, 300, 404, 429, 500])('answered with %i is tried again', async (status) => {
    const answers = [status, 200]
    const { post } = aDeliverer({ invoke: async () => answers.shift() ?? 200 })
    expect(await post.deliver(aDelivery())).toBe('delivered')
    expect(post.counts.retried).toBe(1)
  })

  test('that nobody answers is tried again', async () => {
    let calls = 0
    const { post, lines } = aDeliverer({
      invoke: async () => {
        calls += 1
        if (calls === 1) throw new Error('fetch failed')
        return 200
      },
    })
    expect(await post.deliver(aDelivery())).toBe('delivered')
    expect(lines).toEqual(['warn event.retried fetch failed'])
  })

  test('becomes a dead letter after five attempts', async () => {
    const letters: number[] = []
    const { post, lines } = aDeliverer({
      invoke: async () => 500,
      deadLetter: async (_, attempts) => void letters.push(attempts),
    })
    expect(await post.deliver(aDelivery())).toBe('dead-lettered')
    expect(letters).toEqual([5])
    expect(lines.at(-1)).toBe('error event.dead-lettered HTTP 500')
  })

  test('that cannot even become a dead letter is told of', async () => {
    const { post, lines } = aDeliverer({
      invoke: async () => 500,
      deadLetter: () => Promise.reject(new Error('no topic')),
    })
    expect(await post.deliver(aDelivery())).toBe('undeliverable')
    expect(lines.at(-1)).toBe('error event.lost HTTP 500')
  })
})

describe('many deliveries', () => {
  test('run at most so many at once per function, and other functions do not wait for them', async () => {
    const open: (() => void)[] = []
    const running: string[] = []
    const { post } = aDeliverer({
      invoke: (name) => {
        running.push(name)
        return new Promise((resolve) => open.push(() => resolve(200)))
      },
    })
    const outcomes = ['f', 'f', 'f', 'g'].map((name) => post.deliver(aDelivery(name)))
    await Promise.resolve()
    expect(running.toSorted()).toEqual(['f', 'f', 'g'])
    while (running.length < 4 || open.length > 0) {
      open.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await Promise.all(outcomes)).toEqual(['delivered', 'delivered', 'delivered', 'delivered'])
  })

  test('that wait for another attempt leave their place to others', async () => {
    const { post } = aDeliverer({
      concurrencyPerFunction: 1,
      retries: { attempts: 5, baseMs: 3_600_000, capMs: 3_600_000 },
      invoke: async (_, { headers }) => (headers['poison'] ? 500 : 200),
    })
    const poison = post.deliver({
      ...aDelivery(),
      event: () => ({ headers: { poison: 'yes' }, body: new Uint8Array() }),
    })
    expect(await post.deliver(aDelivery())).toBe('delivered')
    await post.stop()
    expect(await poison).toBe('abandoned')
  })
})

describe('stopping', () => {
  test('lets what is nearly done finish', async () => {
    const answer = Promise.withResolvers<number>()
    const { post } = aDeliverer({ invoke: () => answer.promise })
    const outcome = post.deliver(aDelivery())
    await Promise.resolve()
    const stopped = post.stop()
    answer.resolve(200)
    await stopped
    expect(await outcome).toBe('delivered')
  })

  test('aborts what does not finish', async () => {
    const { post } = aDeliverer({
      invoke: (_, __, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    })
    const outcome = post.deliver(aDelivery())
    await post.stop()
    expect(await outcome).toBe('abandoned')
  })

  test('abandons what comes later', async () => {
    const { post } = aDeliverer({})
    await post.stop()
    expect(await post.deliver(aDelivery())).toBe('abandoned')
  })
})
