import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { followJournal, readCursor } from '../../infra/machine/vm/follow-journal.ts'
import type { JournalLine } from '../../infra/machine/vm/journal-line.ts'

let folder: string
let abort: AbortController
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ap-journal-'))
  abort = new AbortController()
})
afterEach(async () => {
  abort.abort()
  await rm(folder, { recursive: true, force: true })
})

const SAID = JSON.stringify({
  __CURSOR: 's=1;i=2',
  __REALTIME_TIMESTAMP: '1788264000000123',
  _PID: '700',
  _SYSTEMD_UNIT: 'ap-beat.service',
  MESSAGE: 'here',
})

/** Something in the place of journalctl: writes down how it was called, says a line, and goes on as it is told. */
async function reader(then: string): Promise<string> {
  const path = join(folder, 'journalctl')
  await writeFile(path, `#!/bin/sh\necho "$@" >${folder}/called\necho '${SAID}'\necho nonsense\n${then}\n`, {
    mode: 0o755,
  })
  return path
}

const called = (): Promise<string> => readFile(join(folder, 'called'), 'utf8')

async function read(program: string): Promise<void> {
  for await (const each of followJournal({ signal: abort.signal, program })) expect(each.cursor).toBe('s=1;i=2')
}

describe('the journal', () => {
  test('is read from its beginning, then from where it was left, our units alone', async () => {
    const program = await reader('exec sleep 600')
    for (const [after, from] of [
      [undefined, []],
      ['s=1;i=2', ['--after-cursor=s=1;i=2']],
    ] as const) {
      const reading = new AbortController()
      const found: JournalLine[] = []
      for await (const each of followJournal({ after, signal: reading.signal, program })) {
        found.push(each)
        reading.abort()
      }
      expect(found.map(({ text }) => text)).toEqual(['[beat] here'])
      expect((await called()).split(' ').filter((word) => /cursor|boot|since/.test(word))).toEqual(from)
    }
    expect(await called()).toContain('--unit=ap-gateway.service')
    expect(await called()).not.toContain('ap-logs')
  })

  test('that ends by itself is an error, so that it is begun again', async () => {
    const program = await reader('exit 3')
    await expect(read(program)).rejects.toThrow('journalctl ended with 3')
    await expect(read(join(folder, 'absent'))).rejects.toThrow('journalctl cannot be run')
  })

  test.each([
    ['s=0a1b;i=1f;b=22;m=3;t=4;x=5', 's=0a1b;i=1f;b=22;m=3;t=4;x=5'],
    ['s=0a1b;i=1f\n', 's=0a1b;i=1f'],
    ['--flush', undefined],
    ['', undefined],
    ['s=0a1b;i=1f half', undefined],
  ])('is not read from a place that is none: %j', async (written, cursor) => {
    const path = join(folder, 'cursor')
    expect(await readCursor(path)).toBeUndefined()
    await writeFile(path, written)
    expect(await readCursor(path)).toBe(cursor)
  })
})
