import { chmod, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { apiServer } from '../fakes/api-server.ts'
import { ownersPlane } from '../fakes/owners-plane.ts'
import { run } from '../fakes/run.ts'

const CANARY = 'canary-0c9e-value-of-a-secret'

/** Something that is called gcloud, takes what comes, and writes down its words, its surroundings and its input. */
const SCRIBE = `#!/bin/sh
printf '%s|' "$@" >> "$SCRIBED/words"
env >> "$SCRIBED/surroundings"
cat >> "$SCRIBED/input"
`

test('a process of planes gives the value to gcloud on its standard input, not in words or surroundings', async () => {
  const { handle, kept, spec } = await ownersPlane()
  const server = await apiServer(handle)
  onTestFinished(() => server.stop())
  const gcloud = join(server.state, 'gcloud')
  await writeFile(gcloud, SCRIBE)
  await chmod(gcloud, 0o755)
  const main = new URL('../../clients/cli/main.js', import.meta.url).pathname
  const line = ['secret', 'set', '--plane', 'local', '--name', 'ada', '--secret', 'notes', '--model', 'openai/gpt-5']
  const surroundings = {
    PATH: `${server.state}${delimiter}${process.env['PATH'] ?? ''}`,
    AP_STATE_DIR: server.state,
    SCRIBED: server.state,
  }
  const said = await run(process.execPath, [main, ...line, '--idempotency-key', 'k'.repeat(128)], {
    env: surroundings,
    input: CANARY,
  })
  expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining('is the key of openai/gpt-5 now') })
  const [words, around, input] = await Promise.all(
    ['words', 'surroundings', 'input'].map((name) => readFile(join(server.state, name), 'utf8')),
  )
  expect(input).toBe(CANARY)
  expect(words).toContain('secrets|versions|add|')
  expect([said.stdout, said.stderr, words, around, kept()].join('\n')).not.toContain(CANARY)
  expect((await spec())?.model).toEqual({ provider: 'openai', name: 'gpt-5', apiKeySecret: 'notes' })
})
