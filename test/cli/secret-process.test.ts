import { chmod, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { apiServer } from '../fakes/api-server.ts'
import { ownersPlane } from '../fakes/owners-plane.ts'
import type { OwnersPlane } from '../fakes/owners-plane.ts'
import { run } from '../fakes/run.ts'

const CANARY = 'canary-0c9e-value-of-a-secret'

/** Something that is called gcloud, takes what comes, and writes down its words, its surroundings and its input. */
const SCRIBE = `#!/bin/sh
printf '%s|' "$@" >> "$SCRIBED/words"
env >> "$SCRIBED/surroundings"
cat >> "$SCRIBED/input"
`

/** Something that is called gcloud, at which somebody presses Ctrl-C. */
const INTERRUPTED = `#!/bin/sh
kill -INT "$PPID"
exec sleep 60
`

const LINE = ['secret', 'set', '--plane', 'local', '--name', 'ada', '--secret', 'notes', '--model', 'openai/gpt-5']

/** Runs planes where this is what is called gcloud. */
async function planes(script: string, plane: OwnersPlane, ...more: readonly string[]) {
  const server = await apiServer(plane.handle)
  onTestFinished(() => server.stop())
  const { state } = server
  await writeFile(join(state, 'gcloud'), script)
  await chmod(join(state, 'gcloud'), 0o755)
  const main = new URL('../../clients/cli/main.js', import.meta.url).pathname
  const env = { PATH: `${state}${delimiter}${process.env['PATH'] ?? ''}`, AP_STATE_DIR: state, SCRIBED: state }
  return { state, said: await run(process.execPath, [main, ...LINE, ...more], { env, input: CANARY }) }
}

test('Ctrl-C while gcloud is asked who is signed in cancels', async () => {
  const plane = await ownersPlane()
  const { said } = await planes(INTERRUPTED, plane)
  expect(said).toEqual({ code: 2, stdout: '', stderr: 'Cancelled.\n' })
  expect((await plane.spec())?.model).toBe(undefined)
})

test('a process of planes gives the value to gcloud on its standard input, not in words or surroundings', async () => {
  const plane = await ownersPlane()
  const { said, state } = await planes(SCRIBE, plane, '--idempotency-key', 'k'.repeat(128))
  expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining('is the key of openai/gpt-5 now') })
  const [words, around, input] = await Promise.all(
    ['words', 'surroundings', 'input'].map((name) => readFile(join(state, name), 'utf8')),
  )
  expect(input).toBe(CANARY)
  expect(words).toContain('secrets|versions|add|')
  expect([said.stdout, said.stderr, words, around, plane.kept()].join('\n')).not.toContain(CANARY)
  expect((await plane.spec())?.model).toEqual({ provider: 'openai', name: 'gpt-5', apiKeySecret: 'notes' })
})
