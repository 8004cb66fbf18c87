import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'

const run = promisify(execFile)
const BAKE = new URL('../../infra/machine/image/bake.sh', import.meta.url).pathname
const PLACE = ['--project', 'acme-control', '--zone', 'us-east4-a', '--subnet', 'default']

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ap-bake-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Runs `bake.sh` where waiting takes no time and the machine is never off; what `gcloud` was asked for, and the error. */
async function bake(...args: readonly string[]): Promise<{ readonly asked: string; readonly error: string }> {
  const programs = {
    gcloud: `echo "$*" >>'${folder}/asked'\ncase $* in *serial*) echo 'agents-plane: what it said last' ;; *describe*) echo RUNNING ;; esac`,
    sleep: ':',
  }
  await mkdir(join(folder, 'bin'))
  for (const [name, body] of Object.entries(programs))
    await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
  const path = [join(folder, 'bin'), dirname(process.execPath), process.env['PATH']].join(':')
  const env = { ...process.env, PATH: path, TMPDIR: folder }
  const error = await run(BAKE, args, { env }).then(
    () => '',
    (failure: unknown) => String(Object(failure).stderr),
  )
  return { asked: await readFile(join(folder, 'asked'), 'utf8').catch(() => ''), error }
}

test('a machine that does not set itself up becomes no image, is deleted, and what it said is shown', async () => {
  const { asked, error } = await bake(...PLACE)
  expect(error).toContain('agents-plane: what it said last\nthe machine did not set itself up within half an hour')
  expect(asked).not.toContain('images create')
  const builder = /^compute instances create (ap-bake-\S+) /.exec(asked)?.[1]
  expect(asked).toMatch(new RegExp(`\ncompute instances delete ${builder} [^\n]+\n$`))
})

test.each([
  ['an unknown option', [...PLACE, '--image', 'x'], 'unknown option --image'],
  ['no subnet', PLACE.slice(0, 4), '--project, --zone and --subnet are needed'],
  ['a release that is none', [...PLACE, '--openclaw', '2026.9.6;reboot'], '--openclaw is a release'],
])('%s is refused before anything is asked of the cloud', async (_, args, said) => {
  expect(await bake(...args)).toEqual({ asked: '', error: expect.stringContaining(said) })
})
