import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '../../infra/local/ports.ts'
import type { Bench, Figure } from './bench.ts'

const TARGET_BANNER_S = 30
/** With OpenClaw in its cache; an install may take three minutes. */
const TARGET_READY_S = 30
const READY_WITHIN_MS = 15 * 60_000

/** What a newcomer waits for: `npm start` in an empty folder, to the banner and to the first agent. */
export const start: Bench = {
  name: 'start',
  run: async () => {
    const state = await mkdtemp(join(tmpdir(), 'agents-plane-bench-'))
    const main = new URL('../../infra/local/main.ts', import.meta.url).pathname
    const port = String(await freePort(24_000))
    const startMs = performance.now()
    const plane = spawn(process.execPath, [main, '--state', state, '--port', port], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(plane, 'exit')
    try {
      return await figuresOf(plane, () => (performance.now() - startMs) / 1000)
    } finally {
      plane.kill('SIGINT')
      await ended
      await rm(state, { recursive: true, force: true })
    }
  },
}

async function figuresOf({ stdout }: ChildProcess, seconds: () => number): Promise<readonly Figure[]> {
  if (stdout === null) throw new Error('npm start has no output')
  const figures: Figure[] = []
  const note = (name: string, target: number): void => {
    const took = seconds()
    figures.push({ name, figure: `${took.toFixed(1)} s`, target: `≤ ${target} s`, ratio: took / target })
  }
  const lines = createInterface({ input: stdout, signal: AbortSignal.timeout(READY_WITHIN_MS) })
  let last = ''
  for await (const line of lines) {
    if (line.startsWith('Agents Plane runs')) note('npm start → banner', TARGET_BANNER_S)
    if (line.startsWith('ada is Ready')) note('npm start → first agent Ready, OpenClaw cached', TARGET_READY_S)
    if (line.startsWith('Too little memory'))
      return [...figures, { name: 'npm start → first agent Ready', figure: `not run: ${line}` }]
    if (figures.length === 2) return figures
    last = line || last
  }
  throw new Error(`npm start ended before its first agent was Ready: ${last}`)
}
