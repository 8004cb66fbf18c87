import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findingLines, preflight, refuseWrong, type Finding } from '../../infra/local/preflight.ts'
import { freePort, isFree } from '../../infra/local/ports.ts'
import { put, temporaryFolder } from './folder.ts'

async function occupied(port: number): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()))
  onTestFinished(() => void server.close())
  return port
}

const running = { FIRESTORE_EMULATOR_HOST: '127.0.0.1:1', PUBSUB_EMULATOR_HOST: '127.0.0.1:2' }

test('the next free port is taken, and it is said why', async () => {
  const taken = await occupied(await freePort(22_400))
  const { ports, findings } = await preflight(running, temporaryFolder(), { apiPort: taken, simulated: false })
  expect(ports.api).toBeGreaterThan(taken)
  expect(await isFree(ports.api)).toBe(true)
  expect(findings.find(({ what }) => what === 'Ports')?.text).toBe(
    `api ${ports.api} (${taken} is taken: the next free)`,
  )
})

test.each([8080, 8085, 9600])('an API that is wanted at %i shares its port with nothing', async (apiPort) => {
  const { ports } = await preflight(running, temporaryFolder(), { apiPort, simulated: true })
  expect(new Set(Object.values(ports)).size).toBe(4)
})

test('emulators that run already need no Java', async () => {
  const { findings } = await preflight(running, temporaryFolder(), { apiPort: 22_600, simulated: false })
  expect(findings.find(({ what }) => what === 'Java')).toMatchObject({ is: 'fine' })
  expect(findings.find(({ what }) => what === 'Emulators')?.text).toBe('Firestore: 127.0.0.1:1, Pub/Sub: 127.0.0.1:2')
})

test('a Java that is too old is wrong, with the command that fixes it', async () => {
  const path = process.env['PATH']
  const home = temporaryFolder()
  process.env['PATH'] = home
  onTestFinished(() => void (process.env['PATH'] = path))
  put(join(home, 'java'), `#!/bin/sh\necho 'openjdk version "11.0.1"' >&2\n`, 0o755)
  const { findings } = await preflight({}, home, { apiPort: 22_700, simulated: false })
  expect(() => refuseWrong(findings)).toThrow(/Java 11.0.1 is too old.*Install it with/)
})

test('findings are printed with what to do about them', () => {
  const findings: Finding[] = [
    { what: 'Java', is: 'fine', text: '17' },
    { what: 'Memory', is: 'warning', text: '2.0 GB free', fix: 'End other programs.' },
  ]
  expect(findingLines(findings)).toEqual([
    '  ✓ Java       17',
    '  ! Memory     2.0 GB free',
    '               End other programs.',
  ])
  expect(() => refuseWrong(findings)).not.toThrow()
})
