import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import type { HeartbeatBody } from '../../shared/documents/heartbeat.ts'
import { identityLabels } from '../../shared/documents/labels.ts'
import type { Place } from '../../shared/documents/names.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import type { Backend, Machine, MachineConfiguration } from '../../shared/ports/backend.ts'
import type { Intent } from '../../shared/ports/intent.ts'
import { processBackend } from '../../shared/process/backend.ts'
import { writeEndpoints } from '../../shared/process/endpoints.ts'
import { agentLayout } from '../../shared/process/layout.ts'
import { membersOf } from '../../shared/process/members.ts'
import { metadataHandler } from '../../shared/process/metadata-server.ts'
import { serveLoopback } from '../../shared/process/serve.ts'
import { SLOTS, firstSlot } from '../../shared/process/tcp-ports.ts'
import { until } from '../../shared/process/until.ts'
import { PATIENCE_MS } from '../fakes/patience.ts'

/** A heartbeat as it reached its address. */
export type Received = { readonly body: HeartbeatBody; readonly token: string }

/** One computer with the process backend, its metadata server, and an address for heartbeats. */
export type Stage = {
  readonly stateDir: string
  readonly cacheDir: string
  readonly backend: Backend
  readonly place: Place
  readonly paths: ReturnType<typeof agentLayout>
  readonly intent: Intent
  readonly metadataUrl: string
  readonly heartbeatUrl: string
  readonly received: Received[]
  /** The status that heartbeats are answered with. */
  answer: number
  insert(configuration?: MachineConfiguration): Promise<Machine>
  reach(state: Machine['state']): Promise<Machine>
  close(): Promise<void>
}

export const clock = { nowMs: () => Date.now() }
export const wishes = { channels: [] }

/** Waits until something is so; fails when it never is. A machine is several processes, each of which takes its time. */
export async function eventually(check: () => Promise<boolean> | boolean, withinMs = PATIENCE_MS): Promise<void> {
  expect(await until(async () => check(), { withinMs })).toBe(true)
}

/** Puts the fake where a release would be installed. */
async function fakeCache(root: string): Promise<string> {
  const cacheDir = join(root, 'cache')
  const program = join(cacheDir, '2026.9.6', 'node_modules', 'openclaw', 'openclaw.mjs')
  await mkdir(dirname(program), { recursive: true })
  await copyFile(new URL('fake-openclaw.mjs', import.meta.url), program)
  return cacheDir
}

type StageOptions = {
  /** Installed releases; left out, a fake OpenClaw that starts in a moment. */
  readonly cacheDir?: string
  readonly stopWithinMs?: number
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Opens a computer with nothing on it. */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const root = await mkdtemp(join(tmpdir(), 'ap-machine-'))
  const stateDir = join(root, 'state')
  const cacheDir = options.cacheDir ?? (await fakeCache(root))
  const backend = processBackend({
    stateDir,
    clock,
    cacheDir,
    heartbeatEveryMs: 500,
    env: options.env ?? process.env,
    stopWithinMs: options.stopWithinMs ?? 5_000,
  })
  const place = {
    project: 'acme-local',
    region: 'us-east4',
    zone: 'us-east4-a',
    planeUid: randomUid(),
    uid: uidOfOurs(),
  }
  const intent = { op: 'attempt-1', untilMs: Date.now() + 3_600_000 }
  const received: Received[] = []
  const metadata = await serveLoopback(await metadataHandler({ stateDir, clock }), 0)
  const heartbeats = await serveLoopback(async (request) => {
    const body = (await request.json()) as HeartbeatBody
    if (stage.answer < 300) received.push({ body, token: request.headers.get('x-agent-identity') ?? '' })
    return new Response(null, { status: stage.answer })
  }, 0)
  const heartbeatUrl = `${heartbeats.url}/heartbeat`
  await writeEndpoints(stateDir, { metadataUrl: metadata.url, heartbeatUrl })
  const reach = async (state: Machine['state']): Promise<Machine> => {
    await eventually(async () => (await backend.machines.find(place))?.state === state)
    const found = await backend.machines.find(place)
    if (found === undefined) throw new Error('the machine is gone')
    return found
  }
  const stage: Stage = {
    stateDir,
    cacheDir,
    backend,
    place,
    paths: agentLayout(stateDir, place),
    intent,
    metadataUrl: metadata.url,
    heartbeatUrl,
    received,
    answer: 204,
    reach,
    insert: async (configuration = machineConfiguration(wishes)) => {
      const account = await backend.identity.create(intent, place)
      const labels = identityLabels(place)
      const disk = await backend.disks.create(intent, place, labels)
      const shape = {
        machineType: 'e2-medium',
        openclawVersion: '2026.9.6',
        accountId: account.uniqueId,
        diskId: disk.id,
      }
      await backend.machines.insert(intent, place, { shape, configuration, labels, restart: 0 })
      return reach('running')
    },
    close: async () => {
      const left = await backend.machines.find(place)
      if (left !== undefined) await backend.machines.delete(intent, place, left.id)
      await metadata.close()
      await heartbeats.close()
      await rm(root, { recursive: true, force: true })
    },
  }
  return stage
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567'
const randomUid = (): string =>
  Array.from({ length: 10 }, () => LETTERS[Math.floor(Math.random() * LETTERS.length)]).join('')

/** Into how many shares ports are parted: more than there are workers at once. */
const SHARES = 10
const ownShare = Number(process.env['VITEST_POOL_ID'] ?? 0) % SHARES

/**
 * An agent whose port no other worker looks for: until its gateway listens, seconds later, nothing says to the computers
 * of other tests that it is taken.
 */
export function uidOfOurs(): string {
  const uid = randomUid()
  return Math.floor((firstSlot(uid) * SHARES) / SLOTS) === ownShare ? uid : uidOfOurs()
}

/** Fails while any process of a machine is left. */
export async function expectNoProcess(machineId: string): Promise<void> {
  expect(await membersOf(machineId)).toEqual([])
}
