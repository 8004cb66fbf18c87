import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readEnvironment } from '../../functions/environment.ts'
import { triggers } from '../../functions/triggers.ts'
import { wiring } from '../../functions/wiring.ts'
import { callersOf } from '../../functions/wiring-slack.ts'
import { listen } from '../../infra/local/gcp/server.ts'
import { LOCAL } from '../../shared/commands/authenticate.ts'
import { functionAccount } from '../../shared/documents/names.ts'
import type { StepMessage } from '../../shared/documents/message.ts'
import { aCloud } from './a-cloud.ts'
import { PLACE } from './adapter-stand.ts'

const CONTROL = 'demo-control'

const environmentAt = (endpoint: string) => ({
  AP_MODE: 'local',
  AP_BACKEND: 'vm',
  GOOGLE_CLOUD_PROJECT: 'local-plane',
  FIRESTORE_EMULATOR_HOST: '127.0.0.1:1',
  PUBSUB_EMULATOR_HOST: '127.0.0.1:1',
  AP_API_TOKEN_FILE: '/dev/null',
  AP_FUNCTIONS_URL: 'http://127.0.0.1:3',
  AP_HEARTBEAT_JWKS_URL: 'http://127.0.0.1:1/certs',
  AP_CONTROL_PROJECT: CONTROL,
  AP_TASKS_LOCATION: 'europe-west1',
  AP_TASKS_QUEUE: 'step-delays',
  AP_MACHINE_SOURCES: '',
  AP_GOOGLE_ENDPOINT: endpoint,
  METADATA_SERVER_DETECTION: 'none',
})

/** The functions' wiring on a simulated cloud, and who called it. */
async function wired() {
  const { cloud } = aCloud()
  const callers: string[] = []
  const server = await listen(
    {
      ...cloud,
      answer: (request) => {
        callers.push(request.authorization ?? '')
        return cloud.answer(request)
      },
    },
    0,
  )
  onTestFinished(() => server.close())
  return { ...wiring(readEnvironment(environmentAt(`127.0.0.1:${server.port}`)), () => undefined), callers }
}

const message: StepMessage = {
  ref: { kind: 'agent', plane: 'acme', planeUid: 'planeaaaa2', name: 'ada', uid: 'adaaaaaaa2' },
  step: 'disk',
}

const functions = triggers.filter(({ kind }) => kind !== 'http').map(({ name }) => name)

test.each(functions)('%s calls Google as its own account, for its delays too', async (name) => {
  const { ports, callers } = await wired()
  const own = await ports(name)
  const account = `Bearer sim:${functionAccount(name, CONTROL)}`
  // None of these accounts exists here; who asked is all that matters.
  await expect(own.backend('vm').plane.missingServices(PLACE)).rejects.toThrow(/does not exist|denied/i)
  await expect(own.delays.schedule(message, 0, 'a')).rejects.toThrow(/does not exist|denied|not found/i)
  expect(new Set(callers)).toEqual(new Set([account]))
})

test('a project where nothing is granted says what its admin runs', async () => {
  const { ports } = await wired()
  const { plane } = (await ports('plane')).backend('vm')
  const command = 'planes grants --project demo-project --control-project demo-control --script'
  const refused = { kind: 'Denied', message: expect.stringContaining(command) }
  await expect(plane.missingServices(PLACE)).rejects.toMatchObject(refused)
  await expect(plane.capacity({ ...PLACE, machineType: 'e2-medium' })).rejects.toMatchObject(refused)
  expect((await plane.missingGrants(PLACE)).at(-1)).toContain(command)
})

test('what has no account of its own is made once for all functions, and the rest once for each', async () => {
  const { ports } = await wired()
  const [disk, again, machine] = [await ports('disk'), await ports('disk'), await ports('machine')]
  expect(again).toBe(disk)
  expect(machine.documents).toBe(disk.documents)
  expect(machine.backend('vm')).not.toBe(disk.backend('vm'))
  expect(disk.backend('vm')).toBe(disk.backend('vm'))
})

test('a plane of another backend is refused', async () => {
  const { ports } = await wired()
  const disk = await ports('disk')
  expect(disk.backends).toEqual(['vm'])
  expect(() => disk.backend('process')).toThrow('this installation has no backend process; it has vm')
})

const DEPLOYED = {
  AP_MODE: 'deployed',
  AP_BACKEND: 'vm',
  GOOGLE_CLOUD_PROJECT: CONTROL,
  AP_FUNCTIONS_URL: 'https://planes.example.com',
  AP_CONTROL_PROJECT: CONTROL,
  AP_TASKS_LOCATION: 'europe-west1',
  AP_TASKS_QUEUE: 'step-delays',
  AP_MACHINE_SOURCES: '',
}

test('a deployed function for Slack holds its signing secret, and needs no bot’s token', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ap-wiring-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'secret')
  await writeFile(file, 'signing-secret\n')
  const slack = { AP_SLACK_TEAMS: 'T0ACME=acme', AP_SLACK_SECRET_FILE: file }
  const made = await wiring(readEnvironment({ ...DEPLOYED, ...slack }), () => undefined).slack?.()
  expect(made?.signingSecret).toBe('signing-secret')
})

test('deployed, whoever is linked to the address of a local plane’s person is nobody’s admin', async () => {
  const [there, here] = [readEnvironment(DEPLOYED), readEnvironment(environmentAt('127.0.0.1:1'))]
  expect((await callersOf(here))(LOCAL.actor)).toMatchObject({ actor: LOCAL.actor, role: 'admin' })
  expect((await callersOf(there))(LOCAL.actor)).not.toHaveProperty('role')
  expect((await callersOf(here))('ada@example.com')).not.toHaveProperty('role')
})

test('a deployed API answers nobody who has not signed in', async () => {
  const deployed = readEnvironment(DEPLOYED)
  const handler = await wiring(deployed, () => undefined).api()
  const response = await handler(new Request('https://planes.example.com/api/v1/planes'))
  expect([response.status, await response.json()]).toMatchObject([401, { code: 'SignInNeeded' }])
})

/** Packages of Google's that are in memory after something was made. */
async function loadedBy(what: string): Promise<readonly string[]> {
  const root = new URL('../..', import.meta.url).href
  const code = `
    import { createRequire } from 'node:module'
    const { readEnvironment } = await import('${root}functions/environment.ts')
    const { wiring } = await import('${root}functions/wiring.ts')
    const made = wiring(readEnvironment(process.env))
    await made.${what}
    const files = Object.keys(createRequire(import.meta.url).cache)
    const names = files.flatMap((file) => file.match(/node_modules.(@google-cloud.[a-z-]+|@googleapis.[a-z-]+)/)?.[1] ?? [])
    console.log(JSON.stringify([...new Set(names)].sort()))
    process.exit(0)`
  const env = { ...process.env, ...environmentAt('127.0.0.1:1') }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], { env })
  return JSON.parse(stdout) as string[]
}

const HEAVY = new Set([
  '@google-cloud/compute',
  '@google-cloud/logging',
  '@google-cloud/secret-manager',
  '@googleapis/iam',
])

describe('what is loaded', () => {
  test.each(["ports('machine')", "ports('sweep')", 'api()', 'heartbeat()'])(
    'by %s is none of the clients that only a call needs',
    async (what) => {
      const loaded = await loadedBy(what)
      expect(loaded.filter((name) => HEAVY.has(name))).toEqual([])
      expect(loaded.includes('@google-cloud/firestore')).toBe(what !== 'heartbeat()')
    },
  )
})
