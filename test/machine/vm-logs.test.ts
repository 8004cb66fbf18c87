import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cloudLogging, writeRequest } from '../../infra/machine/vm/cloud-logging.ts'
import type { JournalLine } from '../../infra/machine/vm/journal-line.ts'
import { Refused } from '../../infra/machine/vm/refused.ts'
import { shipLogs } from '../../infra/machine/vm/ship-logs.ts'
import type { LogShipping } from '../../infra/machine/vm/ship-logs.ts'
import { serveLoopback } from '../../shared/process/serve.ts'
import { eventually } from './stage.ts'

let abort: AbortController
beforeEach(() => {
  abort = new AbortController()
})
afterEach(() => abort.abort())

const line = (name: number, text = `line ${name}`): JournalLine => ({
  cursor: `s=a;i=${name}`,
  at: `2026-09-01T12:00:00.${String(name).padStart(6, '0')}Z`,
  severity: 'INFO',
  text,
})

const lines = (count: number, text?: string): readonly JournalLine[] =>
  Array.from({ length: count }, (_, index) => line(index, text))

async function* from(given: readonly JournalLine[]): AsyncGenerator<JournalLine> {
  for (const each of given) {
    await turn()
    yield each
  }
}

/** What is written, in groups, and how far it was kept. */
function shipping(given: AsyncIterable<JournalLine>, changes: Partial<LogShipping> = {}) {
  const written: (readonly JournalLine[])[] = []
  const kept: string[] = []
  const said: string[] = []
  const shipped = shipLogs({
    lines: given,
    write: async (batch) => void written.push(batch),
    keepCursor: async (cursor) => void kept.push(cursor),
    journal: { info: (text) => void said.push(text), warn: (text) => void said.push(text) },
    signal: abort.signal,
    waitMs: 20,
    mostPauseMs: 1,
    ...changes,
  })
  return { written, kept, said, shipped }
}

const goDown = async (): Promise<void> => {
  abort.abort()
  throw new Error('the network is gone')
}

describe('lines that are sent', () => {
  test('go in order, at most a hundred at once, and what was taken is remembered', async () => {
    const { written, kept, shipped } = shipping(from(lines(250)), { waitMs: 10_000 })
    await shipped
    expect(written.map((batch) => batch.length)).toEqual([100, 100, 50])
    expect(written.flat()).toEqual(lines(250))
    expect(kept).toEqual(['s=a;i=99', 's=a;i=199', 's=a;i=249'])
  })

  test('are at most 256 KB at once', async () => {
    const { written, shipped } = shipping(from(lines(100, 'x'.repeat(4096))), { waitMs: 10_000 })
    await shipped
    expect(written.flat()).toHaveLength(100)
    for (const batch of written) expect(Buffer.byteLength(JSON.stringify(batch))).toBeLessThan(256 * 1024)
  })

  test('are tried again until they are taken, and that they are not is said once', async () => {
    let failures = 3
    const taken: (readonly JournalLine[])[] = []
    const write = async (batch: readonly JournalLine[]) => {
      if (failures-- > 0) throw new Error('Cloud Logging answered 503')
      taken.push(batch)
    }
    const { kept, said, shipped } = shipping(from(lines(2)), { write, waitMs: 10_000 })
    await shipped
    expect(taken).toEqual([lines(2)])
    expect([kept, said]).toEqual([['s=a;i=1'], ['logs are not sent: Cloud Logging answered 503']])
  })

  test('that will never be taken keep no others back', async () => {
    const taken: string[] = []
    const write = async (batch: readonly JournalLine[]) => {
      if (batch[0]?.cursor === 's=a;i=0') throw new Refused('Cloud Logging does not take these lines')
      taken.push(...batch.map(({ text }) => text))
    }
    const { shipped } = shipping(from(lines(101)), { write, waitMs: 10_000 })
    await shipped
    expect(taken).toEqual(['line 100'])
  })

  test('are not taken from the journal while others wait', async () => {
    let read = 0
    async function* counted(): AsyncGenerator<JournalLine> {
      for await (const each of from(lines(1000))) {
        read += 1
        yield each
      }
    }
    const write = () => new Promise<void>((resolve) => abort.signal.addEventListener('abort', () => resolve()))
    const { shipped } = shipping(counted(), { write, waitMs: 10_000 })
    await eventually(() => read >= 100)
    for (let turns = 0; turns < 100; turns += 1) await turn()
    expect(read).toBeLessThan(110)
    abort.abort()
    await shipped
  })

  test('are dropped when there are too many in a minute, and one line says how many', async () => {
    const { written, kept, shipped } = shipping(from(lines(30)), { pace: { most: 10, windowMs: 60_000 } })
    await shipped
    const sent = written.flat()
    expect(sent.slice(0, 10)).toEqual(lines(10))
    expect(sent.slice(10)).toEqual([
      {
        ...line(29),
        severity: 'WARNING',
        text: '[logs] 20 lines were left out: there were too many within a minute',
      },
    ])
    expect(kept.at(-1)).toBe('s=a;i=29')
  })

  test('say how many were dropped also when nothing follows, and flow again', async () => {
    const more = Promise.withResolvers<void>()
    async function* burst(): AsyncGenerator<JournalLine> {
      yield* from(lines(3))
      await more.promise
      yield line(3)
    }
    const { written, shipped } = shipping(burst(), { pace: { most: 1, windowMs: 500 } })
    await eventually(() => written.flat().some(({ text }) => text.includes('2 lines were left out')))
    more.resolve()
    await shipped
    expect(written.flat().at(-1)).toEqual(line(3))
  })

  test('are left for the next time when the machine goes down', async () => {
    const { kept, shipped } = shipping(from(lines(1)), { write: goDown })
    await shipped
    expect(kept).toEqual([])
  })
})

const SOURCE = { project: 'acme', planeUid: 'aaaaaaaaaa', uid: 'bbbbbbbbbb', instance: { id: '7', zone: 'z-a' } }

describe('a request', () => {
  test('names the machine, its agent, and each line so that one sent again is no second one', () => {
    const { entries, ...rest } = writeRequest(SOURCE, lines(2))
    expect(rest).toEqual({
      logName: 'projects/acme/logs/agents-plane',
      resource: { type: 'gce_instance', labels: { project_id: 'acme', zone: 'z-a', instance_id: '7' } },
      labels: { 'ap-plane': 'aaaaaaaaaa', 'ap-agent-uid': 'bbbbbbbbbb' },
      partialSuccess: true,
    })
    expect(writeRequest(SOURCE, lines(2)).entries).toEqual(entries)
    expect(new Set(entries.map(({ insertId }) => insertId)).size).toBe(2)
    expect(entries[0]).toMatchObject({ timestamp: line(0).at, severity: 'INFO', textPayload: 'line 0' })
  })

  test.each([
    [200, undefined],
    [400, Refused],
    [403, Error],
    [503, Error],
  ])('answered %i', async (status, error) => {
    const server = await serveLoopback(async (request) => {
      expect(request.headers.get('authorization')).toBe('Bearer the-token')
      return new Response('{}', { status })
    }, 0)
    const writing = cloudLogging(server.url, SOURCE, async () => 'the-token')(lines(1))
    const outcome = await writing.then(
      () => undefined,
      (failure: unknown) => Object(failure).constructor as unknown,
    )
    await server.close()
    expect(outcome).toBe(error)
  })
})
