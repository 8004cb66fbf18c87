import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { breakLock } from '../../infra/local/lock.ts'
import { openState } from '../../infra/local/state.ts'
import { findProcess } from '../../shared/process/members.ts'
import { put, temporaryFolder } from './folder.ts'

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

const running = {
  apiUrl: 'http://127.0.0.1:1/api',
  tokenFile: '/x',
  pid: process.pid,
  urls: { api: 'http://127.0.0.1:1/api' },
  emulatorPids: [],
}

/** A state that this process holds: another one is refused. */
async function held(folder: string): Promise<void> {
  await opened(folder)
  await expect(openState(folder)).rejects.toThrow(/runs already/)
}

async function opened(folder = join(temporaryFolder(), 'state')) {
  const state = await openState(folder)
  onTestFinished(() => state.close())
  return state
}

test('everything in a state folder is readable by its owner alone', async () => {
  const state = await opened()
  await state.token()
  await state.announce(running)
  expect(modeOf(state.folder)).toBe('700')
  expect(modeOf(state.tokenFile)).toBe('600')
  expect(modeOf(join(state.folder, 'local.json'))).toBe('600')
  expect(modeOf(state.logs)).toBe('700')
})

test('a token is made once, is long, and survives a restart', async () => {
  const folder = join(temporaryFolder(), 'state')
  const first = await openState(folder)
  const token = await first.token()
  await first.close()
  const second = await opened(folder)
  expect(token).toMatch(/^[\w-]{43}$/)
  expect(await second.token()).toBe(token)
})

test('what was announced is gone when the plane is', async () => {
  const state = await openState(join(temporaryFolder(), 'state'))
  await state.announce(running)
  expect(JSON.parse(readFileSync(join(state.folder, 'local.json'), 'utf8'))).toEqual(running)
  await state.close()
  expect(existsSync(join(state.folder, 'local.json'))).toBe(false)
})

test('starting over deletes everything save the lock', async () => {
  const state = await opened()
  put(join(state.folder, 'agents/x/disk/file'), 'x')
  const token = await state.token()
  await state.clear()
  expect(existsSync(join(state.folder, 'agents'))).toBe(false)
  expect(await state.token()).not.toBe(token)
  await expect(openState(state.folder)).rejects.toThrow(/runs already/)
})

test('a folder with other things in it is refused, and left as it is', async () => {
  const folder = temporaryFolder()
  put(join(folder, 'logs/thesis.txt'), 'x')
  chmodSync(folder, 0o755)
  await expect(openState(folder)).rejects.toThrow(`${folder} holds other things`)
  expect([modeOf(folder), readdirSync(folder)]).toEqual(['755', ['logs']])
})

test('a state that was started over is taken again, though nothing else was kept', async () => {
  const state = await openState(join(temporaryFolder(), 'state'))
  await state.clear()
  await state.close()
  await expect(held(state.folder)).resolves.toBeUndefined()
})

test('a second plane on the same state is refused, naming the process that runs', async () => {
  const state = await opened()
  await expect(openState(state.folder)).rejects.toThrow(`as process ${process.pid}`)
})

test('a state is free again after its plane ended', async () => {
  const state = await openState(join(temporaryFolder(), 'state'))
  await state.close()
  await expect(held(state.folder)).resolves.toBeUndefined()
})

test('the lock of a process that died is taken over', async () => {
  const folder = join(temporaryFolder(), 'state')
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  const owner = await findProcess(child.pid ?? 0)
  child.kill('SIGKILL')
  await once(child, 'exit')
  put(join(folder, 'lock'), JSON.stringify(owner))
  await expect(held(folder)).resolves.toBeUndefined()
})

test('the lock of another process that has the number of a dead one is taken over', async () => {
  const folder = join(temporaryFolder(), 'state')
  put(join(folder, 'lock'), JSON.stringify({ pid: process.pid, startTime: 'earlier' }))
  await expect(held(folder)).resolves.toBeUndefined()
})

test('a lock that cannot be read is taken over', async () => {
  const folder = join(temporaryFolder(), 'state')
  put(join(folder, 'lock'), '{')
  await expect(held(folder)).resolves.toBeUndefined()
})

test('of two starts that find the same lock stale, the slower one leaves the lock of the faster one alone', async () => {
  const path = join(temporaryFolder(), 'lock')
  put(path, '{"pid":1,"startTime":"of the faster one"}')
  await breakLock(path, '{"pid":1,"startTime":"of a process that died"}')
  expect(readFileSync(path, 'utf8')).toBe('{"pid":1,"startTime":"of the faster one"}')
  await breakLock(path, '{"pid":1,"startTime":"of the faster one"}')
  expect(existsSync(path)).toBe(false)
})

test("the project is nobody else's to know, and the same after a restart", async () => {
  const folder = join(temporaryFolder(), 'state')
  const first = await openState(folder)
  const project = await first.project()
  expect(project).toMatch(/^ap-local-[0-9a-f]{20}$/)
  expect(modeOf(join(folder, 'project'))).toBe('600')
  await first.close()
  const second = await openState(folder)
  expect(await second.project()).toBe(project)
  await second.close()
})

test('a folder is kept to the backend of its plane, also when it starts over', async () => {
  const state = await opened()
  await state.keepTo('vm')
  await state.clear()
  await state.keepTo('vm')
  await expect(state.keepTo('process')).rejects.toThrow(/simulated Google Cloud.*--state DIR/)
})

test('a plane that was made before there was a choice has processes', async () => {
  const state = await opened()
  await state.project()
  await expect(state.keepTo('vm')).rejects.toThrow(/runs on this computer.*--state DIR/)
  await state.keepTo('process')
})
