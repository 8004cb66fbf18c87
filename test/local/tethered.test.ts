import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { spawnTethered, stopTethered } from '../../infra/local/emulators/tethered.ts'
import { temporaryFolder } from './folder.ts'

/** A program that says its number and runs until it is told to end. `onTerm` is what it does then. */
const program = (onTerm: string): string[] => [
  '-e',
  `process.on('SIGTERM', () => { ${onTerm} }); console.log(process.pid); setInterval(() => {}, 1000)`,
]

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch (error) {
    return Object(error).code === 'ENOENT'
  }
}

const started = (log: string): Promise<number> =>
  vi.waitFor(
    () => {
      const pid = Number(readFileSync(log, 'utf8').split('\n')[0])
      if (!(pid > 0)) throw new Error('not yet')
      return pid
    },
    { timeout: 20_000, interval: 20 },
  )

/** Whether a process ends soon. */
const ends = (pid: number): Promise<boolean> => vi.waitUntil(() => !isRunning(pid), { timeout: 10_000, interval: 20 })

test('a program is asked to end, and its last words are kept', async () => {
  const log = join(temporaryFolder(), 'log')
  const child = spawnTethered(process.execPath, program(`console.log('bye'); process.exit(3)`), log)
  const pid = await started(log)
  await stopTethered(child, 20_000)
  expect(isRunning(pid)).toBe(false)
  expect(child.exitCode).toBe(3)
  expect(readFileSync(log, 'utf8')).toContain('bye')
})

test('a program that does not end when asked is ended', async () => {
  const log = join(temporaryFolder(), 'log')
  const child = spawnTethered(process.execPath, program(''), log)
  const pid = await started(log)
  await stopTethered(child, 50)
  expect(await ends(pid)).toBe(true)
})

test('a program that ends by itself is noticed', async () => {
  const child = spawnTethered(process.execPath, ['-e', 'process.exit(7)'], join(temporaryFolder(), 'log'))
  const [code] = await once(child, 'exit')
  expect(code).toBe(7)
  await stopTethered(child, 0)
})

test('a program ends when the process that started it is killed', async () => {
  const log = join(temporaryFolder(), 'log')
  const module = new URL('../../infra/local/emulators/tethered.ts', import.meta.url).href
  const parent = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `const { spawnTethered } = await import(${JSON.stringify(module)})
     spawnTethered(process.execPath, ${JSON.stringify(program('process.exit(0)'))}, ${JSON.stringify(log)})
     setInterval(() => {}, 1000)`,
  ])
  const pid = await started(log)
  parent.kill('SIGKILL')
  expect(await ends(pid)).toBe(true)
})
