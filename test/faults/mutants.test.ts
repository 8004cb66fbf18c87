import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MUTANTS } from './mutants.ts'
import type { Mutant } from './mutant.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const COPIED = ['shared', 'test/fakes', 'test/faults', 'package.json']
/** One file is run: a thread of its own is enough, and half as dear as a process. */
const CONFIG = `export default {
  test: { include: ['test/faults/**/*.test.ts'], testTimeout: 120_000, pool: 'threads', isolate: false },
}`

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agents-plane-mutants-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A copy of the engine and its fault tests, with one rule taken out. */
async function mutated({ file, from, to }: Mutant, name: string): Promise<string> {
  const copy = join(folder, name)
  for (const path of COPIED) await cp(join(ROOT, path), join(copy, path), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  await writeFile(join(copy, 'vitest.config.mjs'), CONFIG)
  const source = await readFile(join(copy, file), 'utf8')
  expect(source.split(from)).toHaveLength(2)
  await writeFile(join(copy, file), source.replace(from, to))
  return copy
}

/** Runs the one test in the copy. `failed` counts the failures, of `ran` tests. */
async function run(
  copy: string,
  { suite, killedBy }: Mutant,
): Promise<{ readonly ran: number; readonly failed: number }> {
  const report = join(copy, 'report.json')
  const pattern = killedBy.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const flags = [
    'run',
    '--config',
    'vitest.config.mjs',
    suite,
    '-t',
    pattern,
    '--reporter=json',
    '--outputFile',
    report,
  ]
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  await new Promise((resolve) => {
    spawn(process.execPath, [vitest, ...flags], { cwd: copy, stdio: 'ignore' }).once('close', resolve)
  })
  const { numPassedTests, numFailedTests } = JSON.parse(await readFile(report, 'utf8')) as Record<string, number>
  return { ran: (numPassedTests ?? 0) + (numFailedTests ?? 0), failed: numFailedTests ?? 0 }
}

describe.concurrent('without the rule', () => {
  test.each(MUTANTS.map((mutant, i) => ({ ...mutant, name: `mutant-${i}` })))(
    '"$rule", "$killedBy…" fails',
    async ({ name, ...mutant }) => {
      const { ran, failed } = await run(await mutated(mutant, name), mutant)
      expect({ ran: ran > 0, killed: failed > 0 }).toEqual({ ran: true, killed: true })
    },
  )
})
