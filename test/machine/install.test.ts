import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { identityLabels } from '../../shared/documents/labels.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import type { MachineWanted } from '../../shared/ports/backend.ts'
import { PATIENT } from '../fakes/patience.ts'
import { expectNoProcess, openStage, uidOfOurs, wishes } from './stage.ts'
import type { Stage } from './stage.ts'

const FAKE = new URL('fake-openclaw.mjs', import.meta.url).pathname

let root: string
let stage: Stage
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ap-install-'))
  await mkdir(join(root, 'bin'))
  const env = { PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: root }
  stage = await openStage({ cacheDir: join(root, 'cache'), env })
})
afterEach(async () => {
  await stage.close()
  await rm(root, { recursive: true, force: true })
})

/** Puts a program in the place of npm that notes each of its calls. */
async function putNpm(script: string): Promise<void> {
  const path = join(root, 'bin', 'npm')
  await writeFile(path, `#!/bin/sh\necho "$@" >> ${join(root, 'calls')}\n${script}\n`)
  await chmod(path, 0o755)
}

const WORKING = `mkdir -p node_modules/openclaw && cp ${FAKE} node_modules/openclaw/openclaw.mjs`

const calls = async (): Promise<readonly string[]> => (await readFile(join(root, 'calls'), 'utf8')).trim().split('\n')

const installed = async (): Promise<readonly string[]> =>
  (await readdir(stage.cacheDir)).filter((name) => name !== 'compile-cache')

async function wanted(): Promise<MachineWanted> {
  const { backend, intent, place } = stage
  const { uniqueId } = await backend.identity.create(intent, place)
  const { id } = await backend.disks.create(intent, place, identityLabels(place))
  return {
    shape: { machineType: 'e2-medium', openclawVersion: '2026.9.6', accountId: uniqueId, diskId: id },
    configuration: machineConfiguration(wishes),
    labels: identityLabels(place),
    restart: 0,
  }
}

test('a release is installed once, aside, and then stands complete', async () => {
  await putNpm(WORKING)
  await stage.insert()
  expect(await calls()).toHaveLength(1)
  expect((await calls())[0]).toContain('openclaw@2026.9.6')
  expect(await installed()).toEqual(['2026.9.6'])
})

test('an installation that fails is a failed machine with the reason, and a retry works', async () => {
  const { backend, intent, place } = stage
  const news = "case $* in *--no-update-notifier*) ;; *) printf 'npm notice\\n%.0s' 1 2 3 4 5 6 >&2 ;; esac"
  await putNpm(`echo "npm error code E403 token=abcdefgh12345678" >&2; ${news}; exit 1`)
  await backend.machines.insert(intent, place, await wanted())
  const failed = await stage.reach('failed')
  expect(failed.detail).toContain('npm could not install OpenClaw 2026.9.6')
  expect(failed.detail).toContain('E403')
  expect(failed.detail).not.toContain('abcdefgh12345678')
  expect(await installed()).toEqual([])

  await putNpm(WORKING)
  await backend.machines.delete(intent, place, failed.id)
  const machine = await stage.insert()
  expect(machine.id).not.toBe(failed.id)
})

test('what OpenClaw leaves for its first run is done while its folder may be written to', async () => {
  await putNpm(`${WORKING} && touch node_modules/openclaw/.openclaw-lifecycle-pending`)
  await stage.insert()
  const left = await readdir(join(stage.cacheDir, '2026.9.6/node_modules/openclaw'))
  expect(left.toSorted()).toEqual(['first-run.json', 'openclaw.mjs'])
})

test('what was installed and does not start is a failed machine with the reason', async () => {
  const { backend, intent, place } = stage
  const program = 'console.error("openclaw: no such module"); process.exit(1)'
  await putNpm(`mkdir -p node_modules/openclaw && echo '${program}' > node_modules/openclaw/openclaw.mjs`)
  await backend.machines.insert(intent, place, await wanted())
  const { detail } = await stage.reach('failed')
  expect(detail).toContain('OpenClaw 2026.9.6 was installed and does not start')
  expect(detail).toContain('no such module')
  expect(await installed()).toEqual([])
})

test('what is being done is said while it is done, and can be stopped', async () => {
  const { backend, intent, place } = stage
  await putNpm('exec sleep 600')
  await backend.machines.insert(intent, place, await wanted())
  const starting = await stage.reach('starting')
  await expect
    .poll(async () => (await backend.machines.find(place))?.detail, PATIENT)
    .toContain('installing OpenClaw 2026.9.6 (about 650 MB)')
  await backend.machines.stop(intent, place, starting.id)
  expect(await backend.machines.find(place)).toMatchObject({ state: 'stopped' })
  await expectNoProcess(starting.id)
})

test('two agents that need a release at once install it once', async () => {
  const { backend, intent, place } = stage
  await putNpm(`sleep 1; ${WORKING}`)
  const second = { ...place, uid: uidOfOurs() }
  const account = await backend.identity.create(intent, second)
  const disk = await backend.disks.create(intent, second, identityLabels(second))
  const first = await wanted()
  const shape = { ...first.shape, accountId: account.uniqueId, diskId: disk.id }
  try {
    await backend.machines.insert(intent, second, { ...first, shape, labels: identityLabels(second) })
    await stage.insert(first.configuration)
    await expect.poll(async () => (await backend.machines.find(second))?.state, PATIENT).toBe('running')
    expect(await calls()).toHaveLength(1)
  } finally {
    const left = await backend.machines.find(second)
    if (left !== undefined) await backend.machines.delete(intent, second, left.id)
  }
})

test('the lock of an installer that died is taken over', async () => {
  await putNpm(WORKING)
  const lock = join(stage.cacheDir, '2026.9.6.lock')
  await mkdir(lock, { recursive: true })
  await writeFile(join(lock, 'owner.json'), JSON.stringify({ pid: 999_999_999, startTime: '1' }))
  await stage.insert()
  expect(await calls()).toHaveLength(1)
})
