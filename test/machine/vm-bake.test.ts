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

/** Runs `bake.sh` where waiting takes no time and the machine says one thing; what `gcloud` was asked for, and the error. */
async function bake(
  said: string,
  ...args: readonly string[]
): Promise<{ readonly asked: string; readonly error: string }> {
  const programs = {
    gcloud: `echo "$*" >>'${folder}/asked'\ncase $* in *serial*) echo 'agents-plane: ${said}' ;; *describe*) echo TERMINATED ;; esac`,
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

const builderIn = (asked: string): string => /^compute instances create (ap-bake-\S+) /.exec(asked)?.[1] ?? ''

test('a machine that ends without being ready becomes no image, is deleted, and what it said is shown', async () => {
  const { asked, error } = await bake('what it said last', ...PLACE)
  expect(error).toContain('agents-plane: what it said last\nthe machine did not set itself up within half an hour')
  expect(asked).not.toContain('images create')
  expect(asked).toMatch(new RegExp(`\ncompute instances delete ${builderIn(asked)} [^\n]+\n$`))
})

test('a machine that says it is ready is switched off before its disk becomes an image', async () => {
  const { asked, error } = await bake('the image is ready', ...PLACE)
  expect(error).toBe('')
  const verbs = asked
    .trim()
    .split('\n')
    .map((line) => line.split(' ').slice(1, 3).join(' '))
  expect(verbs).toEqual([
    'instances create',
    'instances get-serial-port-output',
    'instances stop',
    'images create',
    'instances delete',
  ])
})

test.each([
  ['an unknown option', [...PLACE, '--image', 'x'], 'unknown option --image'],
  ['no subnet', PLACE.slice(0, 4), '--project, --zone and --subnet are needed'],
  ['a release that is none', [...PLACE, '--openclaw', '2026.9.6;reboot'], '--openclaw is a release'],
])('%s is refused before anything is asked of the cloud', async (_, args, said) => {
  expect(await bake('', ...args)).toEqual({ asked: '', error: expect.stringContaining(said) })
})
