import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { findJar } from '../../infra/local/emulators/jars.ts'
import { freePort } from '../../infra/local/ports.ts'
import type { AgentView, PlaneView } from '../../shared/api/views.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const START_MS = 120_000
const LIFE_MS = 180_000

let folder: string
let state: string
let plane: ChildProcess | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agents-plane-simulated-'))
  state = join(folder, 'state')
})
afterAll(async () => {
  plane?.kill('SIGINT')
  if (plane?.exitCode === null) await once(plane, 'exit')
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** `npm start -- --simulate-gcp` until it says what to do next. */
async function start(): Promise<string> {
  const { FIRESTORE_EMULATOR_HOST: _, PUBSUB_EMULATOR_HOST: __, ...env } = process.env
  const port = String(await freePort(26_000))
  const args = ['--simulate-gcp', '--scale', '0.02', '--no-agent', '--state', state, '--port', port]
  const child = spawn(process.execPath, ['infra/local/main.ts', ...args], { cwd: ROOT, env })
  plane = child
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await vi.waitUntil(() => text.includes('Next:') || child.exitCode !== null, { timeout: START_MS, interval: 100 })
  expect({ exitCode: child.exitCode, text }).toMatchObject({ exitCode: null })
  return text
}

type Said = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** `planes …` as a person types it. */
const planes = (...args: readonly string[]): Promise<Said> =>
  new Promise((resolve) => {
    const command = ['clients/cli/main.ts', ...args, '--state', state]
    execFile(process.execPath, command, { cwd: ROOT }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    )
  })

type Fleet = PlaneView & { readonly agents: readonly AgentView[] }

async function fleet(name: string): Promise<Fleet> {
  const { stdout } = await planes('status', '--plane', name, '--all', '--json')
  const [found] = (JSON.parse(stdout) as { readonly planes: readonly Fleet[] }).planes
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

/** Names of everything in the simulated cloud. */
async function listing(address: string): Promise<readonly string[]> {
  const response = await fetch(`${address}/__sim/inventory`)
  const { resources } = (await response.json()) as {
    readonly resources: readonly { readonly collection: string; readonly name: string }[]
  }
  return resources.filter(({ collection }) => collection !== 'deletedAccounts').map(({ name }) => name)
}

test(
  'planes on a simulated Google Cloud give a person an agent, list all it has, and take it away without a trace',
  async (context) => {
    if (!findJar('firestore', { env: process.env, home: homedir() }))
      context.skip('the emulators are not installed here')
    expect(await start()).toContain('simulated Google Cloud')
    const { urls } = JSON.parse(await readFile(join(state, 'local.json'), 'utf8')) as {
      readonly urls: Readonly<Record<string, string>>
    }
    const address = urls['google cloud'] ?? ''

    const created = await planes('create', '--name', 'acme', '--project', 'demo-project', '--region', 'us-central1')
    expect(created).toMatchObject({ code: 0 })
    const one = ['--plane', 'acme', '--name', 'alice']
    const added = await planes('add-agent', ...one, '--owner', 'alice@example.com', '--secret', 'notes', '--wait')
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('Ready') })

    const acme = await fleet('acme')
    const alice = acme.agents[0]
    if (alice === undefined) throw new Error('there is no alice')
    expect(acme).toMatchObject({ backend: 'vm', phase: 'Ready' })
    expect(acme.resources.map(({ kind }) => kind)).toContain('firewall policy')
    expect(alice.resources.map(({ kind }) => kind)).toEqual(['account', 'secret', 'disk', 'machine'])
    const there = await listing(address)
    for (const { name } of [...acme.resources, ...alice.resources])
      expect(there.some((found) => found.endsWith(`/${name}`) || found.endsWith('/routers/' + name))).toBe(true)
    expect((await planes('status', ...one)).stdout).toContain(alice.machineId)

    const set = await planes('secret', 'set', ...one, '--secret', 'notes')
    expect(set).toMatchObject({ code: 0, stdout: expect.stringContaining('gcloud secrets versions add') })
    const open = await planes('open', ...one)
    expect(open.stdout).toContain(`gcloud compute ssh ap-${acme.uid}-${alice.uid}`)
    expect((await planes('logs', ...one)).stdout).toContain('gateway is ready')

    await planes('create', '--name', 'ungranted', '--project', 'demo-control', '--region', 'us-east4')
    const told = async () => (await planes('status', '--plane', 'ungranted')).stdout
    const fix = 'planes grants --project demo-control --control-project demo-control --script'
    await vi.waitUntil(async () => (await told()).includes(fix), { timeout: LIFE_MS, interval: 500 })

    const removed = await planes('remove-agent', ...one, '--purge', '--yes', '--wait')
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining('Purged') })
    expect((await listing(address)).filter((name) => name.includes(alice.uid))).toEqual([])

    plane?.kill('SIGINT')
    const [code] = plane === undefined ? [null] : await once(plane, 'exit')
    expect(code).toBe(0)
  },
  START_MS + LIFE_MS,
)
