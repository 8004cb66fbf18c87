import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, type TestContext } from 'vitest'
import { savesIn } from '../../infra/local/emulators/firestore.ts'
import { findJar, type Places } from '../../infra/local/emulators/jars.ts'
import { startEmulators, type Emulators, type EmulatorsOptions } from '../../infra/local/emulators/start.ts'
import { freePort } from '../../infra/local/ports.ts'

const PROJECT = 'local-plane'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agents-plane-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** This machine, as if no emulator ran on it. */
function places(context: TestContext): Places {
  const { FIRESTORE_EMULATOR_HOST: _firestore, PUBSUB_EMULATOR_HOST: _pubsub, ...env } = process.env
  const found = { env, home: homedir() }
  if (!findJar('firestore', found) || !findJar('pubsub', found)) {
    context.skip('the emulators are not installed here, so none can be started')
  }
  return found
}

async function started(context: TestContext, options: Partial<EmulatorsOptions> = {}): Promise<Emulators> {
  const emulators = await startEmulators({
    places: places(context),
    eventsHost: '127.0.0.1:1',
    rulesFile: new URL('../../infra/firestore.rules', import.meta.url).pathname,
    logFolder: temporaryFolder(),
    ports: { firestore: await freePort(23_000), pubsub: await freePort(23_300) },
    say: () => undefined,
    ...options,
  })
  onTestFinished(() => emulators.stop())
  return emulators
}

const documentUrl = (host: string, path: string): string =>
  `http://${host}/v1/projects/${PROJECT}/databases/(default)/documents/${path}`

async function write(host: string, path: string, text: string): Promise<void> {
  const body = JSON.stringify({ fields: { text: { stringValue: text } } })
  const response = await fetch(documentUrl(host, path), {
    method: 'PATCH',
    headers: { authorization: 'Bearer owner' },
    body,
  })
  expect(response.status).toBe(200)
}

async function read(host: string, path: string): Promise<unknown> {
  const response = await fetch(documentUrl(host, path), { headers: { authorization: 'Bearer owner' } })
  return Object(await response.json()).fields?.text?.stringValue
}

test('a taken port is left alone and the next one is used, and it is said', async (context) => {
  const taken = await freePort(23_500)
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(taken, '127.0.0.1', () => resolve()))
  onTestFinished(() => void server.close())
  const said: string[] = []
  const emulators = await started(context, {
    ports: { firestore: taken, pubsub: await freePort(23_700) },
    say: (line) => said.push(line),
  })
  expect(said).toEqual([
    `Port ${taken} is taken; the Firestore emulator listens on ${emulators.firestoreHost} instead.`,
  ])
  expect(server.listening).toBe(true)
})

test('two that start in the same moment on the same ports each get emulators of their own', async (context) => {
  const ports = { firestore: await freePort(23_900), pubsub: await freePort(24_100) }
  const [one, other] = await Promise.all([started(context, { ports }), started(context, { ports })])
  expect(other.firestoreHost).not.toBe(one.firestoreHost)
  expect(other.pubsubHost).not.toBe(one.pubsubHost)
  await write(one.firestoreHost, 'planes/acme', 'mine')
  expect(await read(other.firestoreHost, 'planes/acme')).toBeUndefined()
})

test('an emulator that dies is named, with its log and without a stack trace', async (context) => {
  const emulators = await started(context)
  process.kill(-(emulators.pids[1] ?? 0), 'SIGKILL')
  const obituary = await emulators.died
  expect(obituary).toMatch(/^The Pub\/Sub emulator was ended by SIGKILL\./)
  expect(obituary).toMatch(/Its log: .*pubsub-emulator\.log$/)
  expect(obituary).not.toMatch(/^\s+at /m)
})

test('an emulator that cannot start says why, and the other one is stopped', async (context) => {
  const attempt = started(context, { rulesFile: '/nowhere/firestore.rules' })
  await expect(attempt).rejects.toThrow(/The Firestore emulator .*Its log:/s)
  const ports = execFileSync('ps', ['-eo', 'args']).toString()
  expect(ports).not.toContain('/nowhere/firestore.rules')
})

test('emulators that are named by the environment are used, and nothing is started', async () => {
  const env = { FIRESTORE_EMULATOR_HOST: 'there:1', PUBSUB_EMULATOR_HOST: 'there:2', PATH: '/nowhere' }
  const emulators = await startEmulators({
    places: { env, home: '/nowhere' },
    eventsHost: '',
    rulesFile: '',
    logFolder: '/nowhere',
    ports: { firestore: 1, pubsub: 1 },
    say: () => undefined,
  })
  expect(emulators).toMatchObject({ firestoreHost: 'there:1', pubsubHost: 'there:2', ownsFirestore: false, pids: [] })
  await emulators.stop()
})

test('saved documents are there again after a start, however the emulator ended', async (context) => {
  const folder = temporaryFolder()
  const saves = savesIn(folder, PROJECT)
  expect(await saves.latest()).toBeUndefined()
  const first = await started(context)
  await write(first.firestoreHost, 'planes/acme', 'one')
  await saves.save(first.firestoreHost)
  await write(first.firestoreHost, 'planes/acme/agents/ada', 'two')
  await saves.save(first.firestoreHost)
  await write(first.firestoreHost, 'planes/acme/agents/ada', 'never saved')
  process.kill(-(first.pids[0] ?? 0), 'SIGKILL')
  await first.died
  const second = await started(context, { importFile: await saves.latest() })
  expect(await read(second.firestoreHost, 'planes/acme')).toBe('one')
  expect(await read(second.firestoreHost, 'planes/acme/agents/ada')).toBe('two')
  expect(readdirSync(folder).toSorted()).toEqual(['latest', 'save-2'])
})

test('a save that fails leaves the former one', async (context) => {
  const saves = savesIn(temporaryFolder(), PROJECT)
  const emulators = await started(context)
  await write(emulators.firestoreHost, 'planes/acme', 'one')
  await saves.save(emulators.firestoreHost)
  const former = await saves.latest()
  await expect(saves.save('127.0.0.1:1')).rejects.toThrow('fetch failed')
  expect(await saves.latest()).toBe(former)
})
