import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { StepMessage } from '../../shared/documents/message.ts'
import { answered } from '../../shared/gcp/errors.ts'
import { randomIds, ulid } from '../../shared/gcp/ids.ts'
import { cloudLog } from '../../shared/gcp/log.ts'
import { localDelays } from '../../shared/process/delays.ts'
import { recordingLog } from '../fakes/log.ts'

const ref = { kind: 'agent', plane: 'acme', planeUid: 'aaaaaaaaaa', name: 'ada', uid: 'bbbbbbbbbb' } as const
const message: StepMessage = { ref, step: 'identity' }
const DAY_MS = 86_400_000

/** Delays, and what they log. */
function subject(publish: (messages: readonly StepMessage[]) => Promise<void>) {
  const { log, lines } = recordingLog()
  const bus = { publish, publishHeartbeat: async () => undefined }
  return { delays: localDelays(bus, { nowMs: () => Date.now() }, log), lines }
}

/** Delays whose messages are kept with the time they were sent at. */
function recorded() {
  const sent: (readonly [atMs: number, step: string])[] = []
  const { delays } = subject(async (messages) => {
    sent.push(...messages.map(({ step }) => [Date.now(), step] as const))
  })
  return { delays, sent }
}

describe('delayed messages', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }))
  afterEach(() => void vi.useRealTimers())

  test('are published in time, once for every key', async () => {
    const { delays, sent } = recorded()
    await delays.schedule(message, 1000, 'a')
    await delays.schedule(message, 1000, 'a')
    await delays.schedule(message, 2000, 'b')
    await delays.schedule({ ...message, step: 'disk' }, 3000, 'a')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(sent).toEqual([
      [1000, 'identity'],
      [2000, 'identity'],
      [3000, 'disk'],
    ])
  })

  test('for a time that has passed are published at once', async () => {
    const { delays, sent } = recorded()
    await delays.schedule(message, -5, 'a')
    await vi.advanceTimersByTimeAsync(1)
    expect(sent).toHaveLength(1)
  })

  test('may be a year away, which is more than a timer can hold', async () => {
    const { delays, sent } = recorded()
    await delays.schedule(message, 365 * DAY_MS, 'purge')
    await vi.advanceTimersByTimeAsync(364 * DAY_MS)
    expect(sent).toEqual([])
    await vi.advanceTimersByTimeAsync(2 * DAY_MS)
    expect(sent).toEqual([[365 * DAY_MS, 'identity']])
  })

  test('end when they are stopped', async () => {
    const { delays, sent } = recorded()
    await delays.schedule(message, 1000, 'a')
    delays.stop()
    await vi.advanceTimersByTimeAsync(10_000)
    expect([sent, vi.getTimerCount()]).toEqual([[], 0])
  })

  test('that cannot be published are logged', async () => {
    const { delays, lines } = subject(() => Promise.reject(new Error('Pub/Sub is away')))
    await delays.schedule(message, 1000, 'a')
    await vi.advanceTimersByTimeAsync(1000)
    expect(lines).toEqual(['error delay.lost'])
  })
})

describe('a service of Google', () => {
  test.each([
    [3, 'Invalid'],
    [4, 'Unavailable'],
    [5, 'NotFound'],
    [6, 'AlreadyExists'],
    [7, 'Denied'],
    [8, 'RateLimited'],
    [9, 'Conflict'],
    [10, 'Conflict'],
    [14, 'Unavailable'],
    [16, 'Denied'],
  ])('that answers %i has an error of the kind %s, which names it', async (code, kind) => {
    const call = answered('Firestore', Promise.reject(Object.assign(new Error('no'), { code })))
    await expect(call).rejects.toMatchObject({ name: 'ProviderError', kind, message: 'Firestore: no' })
  })

  test('that says nothing is named', async () => {
    await expect(answered('Firestore', new Promise(() => undefined), 5)).rejects.toMatchObject({
      kind: 'Unavailable',
      message: 'Firestore did not answer within 0.005 s; check that it is running',
    })
  })

  test('is not to blame for a mistake of ours', async () => {
    const mistake = new TypeError('undefined is not a function')
    await expect(answered('Firestore', Promise.reject(mistake))).rejects.toBe(mistake)
  })
})

describe('the log', () => {
  test('holds the fields it is meant to, and nothing else', () => {
    const lines: string[] = []
    const log = cloudLog((line) => lines.push(line))
    const error = Object.assign(new Error('no'), { request: 'token' })
    log.error('step.error', { plane: 'acme', step: 'disk', count: 1, error, secret: 'token' } as object)
    log.info('plane\nstarted')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        severity: 'ERROR',
        message: 'step.error',
        plane: 'acme',
        step: 'disk',
        count: 1,
        error: { name: 'Error', message: 'no' },
      },
      { severity: 'INFO', message: 'plane\nstarted' },
    ])
    expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true)
  })
})

test('the log blanks what looks like a secret, wherever it stands', () => {
  const lines: string[] = []
  const error = new Error('asked with Bearer abcdefgh12345678 and "xoxb-12345678-abcdefgh"')
  cloudLog((line) => lines.push(line)).error('step.error', { reason: 'token=abcdefgh\\"12345678', error })
  expect(JSON.parse(lines.join(''))).toEqual({
    severity: 'ERROR',
    message: 'step.error',
    reason: 'token=[redacted]"12345678',
    error: { name: 'Error', message: 'asked with [redacted] and "[redacted]"' },
  })
})

describe('ids', () => {
  test('are never the same', () => {
    const ids = Array.from({ length: 1000 }, () => randomIds.next())
    expect(new Set(ids).size).toBe(1000)
    expect(ids.every((id) => /^[a-z0-9]{16}$/.test(id))).toBe(true)
  })

  test('of the audit trail sort by time', () => {
    const times = [0, 1, 31, 32, 1_790_000_000_000, 2 ** 48 - 1]
    const ids = times.map(ulid)
    expect(ids.toSorted()).toEqual(ids)
    expect(ulid(1_469_918_176_385).slice(0, 10)).toBe('01ARYZ6S41')
  })
})
