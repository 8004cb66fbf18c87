import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import { processBackend } from '../../shared/process/backend.ts'
import { readRecord, writeRecord } from '../../shared/process/files.ts'
import type { MachineRecord } from '../../shared/process/machine-record.ts'
import { membersOf } from '../../shared/process/members.ts'
import { isListening } from '../../shared/process/tcp-ports.ts'
import { clock, eventually, expectNoProcess, openStage, wishes } from './stage.ts'
import type { Stage } from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.close())

async function recordOf({ paths }: Stage): Promise<MachineRecord> {
  const record = await readRecord<MachineRecord>(paths.machineRecord)
  if (record === undefined) throw new Error('no machine')
  return record
}

/** Pids of a machine whose command line contains `text` and that have, or have not, the gateway's variable. */
async function pidsWith(id: string, text: string, gateway: boolean): Promise<readonly number[]> {
  const pids = await membersOf(id)
  const matching = pids.map(async (pid) => {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    return command.includes(text) && environment.includes('FAKE_GATEWAY=') === gateway ? [pid] : []
  })
  return (await Promise.all(matching)).flat()
}

const launcherOf = (id: string) => pidsWith(id, 'gateway\0run', false)
const gatewayOf = (id: string) => pidsWith(id, 'gateway\0run', true)
const supervisorOf = (id: string) => pidsWith(id, 'settings.json', false)

const kill = (pids: readonly number[]): void => {
  for (const pid of pids) process.kill(pid, 'SIGKILL')
}

test.each([
  ['gateway', gatewayOf],
  ['launcher', launcherOf],
  ['supervisor', supervisorOf],
])('a killed %s takes the whole machine with it, and it starts again', async (_, victims) => {
  const { id } = await stage.insert()
  const { port } = await recordOf(stage)
  await eventually(() => isListening(port))
  const pids = await victims(id)
  expect(pids).toHaveLength(1)
  kill(pids)
  const dead = await stage.reach('stopped')
  expect(dead.detail).toEqual(expect.any(String))
  await eventually(async () => (await membersOf(id)).length === 0)
  expect(await isListening(port)).toBe(false)

  await stage.backend.machines.start(stage.intent, stage.place, id, 0)
  await stage.reach('running')
  await eventually(() => isListening(port))
})

test('a gateway that ends by itself is reported with its reason', async () => {
  await stage.insert()
  const { port } = await recordOf(stage)
  await eventually(() => isListening(port))
  await fetch(`http://127.0.0.1:${port}/exit`).catch(() => undefined)
  expect(await stage.reach('stopped')).toMatchObject({ detail: 'the gateway ended with exit code 3' })
})

test('a gateway that refuses its configuration is a failed machine', async () => {
  const configuration = machineConfiguration(wishes)
  const openclaw = { ...Object(configuration.openclaw), misbehave: 'refuse' }
  void stage.insert({ generation: 'bad', openclaw }).catch(() => undefined)
  expect((await stage.reach('failed')).detail).toContain('refuses its configuration')
})

test('a machine whose folders cannot be made is a failed machine with the reason', async () => {
  await mkdir(stage.paths.disk, { recursive: true })
  await writeFile(join(stage.paths.disk, 'home'), 'a file in the place of a folder')
  void stage.insert().catch(() => undefined)
  expect((await stage.reach('failed')).detail).toMatch(/EEXIST.*home/)
})

test('a gateway that does not listen to SIGTERM is killed, and its port is closed', async () => {
  await stage.close()
  stage = await openStage({ stopWithinMs: 500 })
  const openclaw = { ...Object(machineConfiguration(wishes).openclaw), misbehave: 'ignore-sigterm' }
  const { id } = await stage.insert({ generation: 'deaf', openclaw })
  const { port } = await recordOf(stage)
  await eventually(() => isListening(port))
  await stage.backend.machines.stop(stage.intent, stage.place, id)
  await expectNoProcess(id)
  expect(await isListening(port)).toBe(false)
  expect(await stage.backend.machines.find(stage.place)).toMatchObject({ state: 'stopped' })
})

test('deletion leaves no process, no port and no file of the machine', async () => {
  const { id } = await stage.insert()
  const { port } = await recordOf(stage)
  await eventually(() => isListening(port))
  await stage.backend.machines.delete(stage.intent, stage.place, id)
  await expectNoProcess(id)
  expect(await isListening(port)).toBe(false)
  expect(await readdir(stage.paths.folder)).not.toContain('machine')
  await stage.backend.disks.delete(stage.intent, stage.place)
  await stage.backend.identity.delete(stage.intent, stage.place)
  await expect(stat(stage.paths.folder)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a machine that still runs is found by the next plane, and ended by it', async () => {
  const { id } = await stage.insert()
  const { stateDir, cacheDir, place, intent } = stage
  const next = processBackend({ stateDir, clock, cacheDir })
  expect(await next.machines.find(place)).toMatchObject({ id, state: 'running' })
  await next.machines.delete(intent, place, id)
  await expectNoProcess(id)
})

test('a machine whose folder was deleted under it ends itself and leaves nothing', async () => {
  const { id } = await stage.insert()
  // Its gateway has just begun to write a log there.
  await rm(stage.paths.machine, { recursive: true, maxRetries: 5 })
  await eventually(async () => (await membersOf(id)).length === 0)
  await expect(stat(stage.paths.machine)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a process that only has the recorded number is not taken for the machine and never signalled', async () => {
  const { id } = await stage.insert()
  await stage.backend.machines.stop(stage.intent, stage.place, id)
  const record = await recordOf(stage)
  await writeRecord(stage.paths.machineRecord, { ...record, process: { pid: process.pid, startTime: '1' } })
  expect(await stage.backend.machines.find(stage.place)).toMatchObject({ state: 'stopped' })
  await stage.backend.machines.delete(stage.intent, stage.place, id)
  expect(await stage.backend.machines.find(stage.place)).toBeUndefined()
})

test('ports of two agents are far apart, and one that a stranger holds is given up', async () => {
  const { backend, place, intent } = stage
  const { id } = await stage.insert()
  const { port } = await recordOf(stage)
  await backend.machines.stop(intent, place, id)
  const stranger = createServer().listen({ host: '127.0.0.1', port })
  try {
    await eventually(() => isListening(port))
    await backend.machines.start(intent, place, id, 0)
    const moved = (await recordOf(stage)).port
    expect(Math.abs(moved - port)).toBeGreaterThanOrEqual(120)
    expect(Math.abs(moved - port) % 120).toBe(0)
  } finally {
    stranger.close()
  }
})

test('what stands in the place of ours but is not ours is found and left alone', async () => {
  const { backend, place, intent, paths } = stage
  await backend.identity.create(intent, place)
  const foreign = { ...place, planeUid: 'zzzzzzzzzz' }
  expect(await backend.identity.find(foreign)).toMatchObject({ ours: false })
  await expect(backend.identity.create(intent, foreign)).rejects.toMatchObject({ kind: 'Conflict' })
  await expect(backend.identity.delete(intent, foreign)).rejects.toMatchObject({ kind: 'Conflict' })
  expect(await readdir(paths.folder)).toContain('account.json')
})

test('capacity counts what is free, and grants are about the state folder', async () => {
  const { backend, place, stateDir } = stage
  const { agentsThatFit, limitedBy } = await backend.plane.capacity({ ...place, machineType: 'e2-medium' })
  expect(agentsThatFit).toBeGreaterThanOrEqual(0)
  expect(['memory', 'disk']).toContain(limitedBy)
  expect(await backend.plane.missingGrants(place)).toEqual([])
  const nowhere = processBackend({ stateDir: join(stateDir, 'endpoints.json'), clock, env: { PATH: '/nowhere' } })
  expect(await nowhere.plane.missingGrants(place)).toHaveLength(1)
  expect(await nowhere.plane.missingServices(place)).toEqual([
    'install Node.js with npm, which OpenClaw is installed with',
  ])
})
