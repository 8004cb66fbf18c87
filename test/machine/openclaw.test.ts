import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import { readReadiness } from '../../shared/openclaw/probes.ts'
import { processOwnerAccess } from '../../shared/process/access.ts'
import { defaultCacheDir } from '../../shared/process/context.ts'
import { readRecord } from '../../shared/process/files.ts'
import type { MachineRecord } from '../../shared/process/machine-record.ts'
import { membersOf } from '../../shared/process/members.ts'
import { isListening } from '../../shared/process/tcp-ports.ts'
import { eventually, expectNoProcess, openStage, wishes } from '../machine/stage.ts'
import type { Stage } from '../machine/stage.ts'

const INSTALL_MS = 600_000
const BOOT_MS = 240_000
const cacheDir = defaultCacheDir(process.env)

let stage: Stage
/** Why OpenClaw is not here, when it cannot be installed. */
let missing: string | undefined

beforeAll(async () => {
  stage = await openStage({ cacheDir, stopWithinMs: 20_000 })
  const { backend, place } = stage
  void stage.insert().catch(() => undefined)
  await eventually(
    async () => ['running', 'failed'].includes((await backend.machines.find(place))?.state ?? ''),
    INSTALL_MS,
  )
  const machine = await backend.machines.find(place)
  if (machine?.state === 'failed') missing = machine.detail
}, INSTALL_MS)

afterAll(() => stage.close())

async function recordOf(): Promise<MachineRecord> {
  const record = await readRecord<MachineRecord>(stage.paths.machineRecord)
  if (record === undefined) throw new Error('no machine')
  return record
}

const isReady = async (): Promise<boolean> => {
  const { port } = await recordOf()
  return (await readReadiness(`http://127.0.0.1:${port}`)).ready
}

/** Runs a command as a person does in a terminal. Where it takes itself for tested, OpenClaw says nothing. */
async function typed(command: string): Promise<string> {
  const { PATH, HOME } = process.env
  const { stdout } = await promisify(execFile)('sh', ['-c', command], { env: { PATH, HOME }, maxBuffer: 1e7 })
  return stdout
}

test(
  'an agent is installed, becomes ready, answers, heals and goes without a trace',
  async (ctx) => {
    if (missing !== undefined) ctx.skip(`OpenClaw cannot be installed here: ${missing}`)
    const { backend, place, intent, paths, received } = stage
    await eventually(isReady, BOOT_MS)
    await eventually(() => received.some(({ body }) => body.first), 60_000)
    const { id, port } = await recordOf()

    await backend.access.grant(intent, place, id, 'ada@acme.com')
    const address = await processOwnerAccess({ ...stage, cacheDir }).show(place)
    expect((await fetch(address?.url ?? '')).status).toBe(200)

    const reply = JSON.parse(await typed(`${address?.ask} --json`))
    expect(reply).toMatchObject({
      status: 'ok',
      result: { payloads: [{ text: expect.stringMatching(/^\[demo model\] pong/) }] },
    })

    const next = machineConfiguration({ ...wishes, thinkingClock: { every: '12h', prompt: 'think' } })
    await backend.machines.configure(intent, place, id, next)
    await eventually(() => received.some(({ body }) => body.appliedGeneration === next.generation), 60_000)

    const [gateway] = await gatewaysOf(id)
    process.kill(gateway ?? 0, 'SIGKILL')
    await stage.reach('stopped')
    await eventually(async () => (await membersOf(id)).length === 0)
    expect(await isListening(port)).toBe(false)
    await backend.machines.start(intent, place, id, 0)
    await eventually(isReady, BOOT_MS)

    await backend.access.revoke(intent, place)
    await backend.machines.delete(intent, place, id)
    await expectNoProcess(id)
    expect(await isListening(port)).toBe(false)
    await backend.disks.delete(intent, place)
    await backend.identity.delete(intent, place)
    await expect(stat(paths.folder)).rejects.toMatchObject({ code: 'ENOENT' })
  },
  INSTALL_MS,
)

/** Processes that call themselves by the gateway's title. */
async function gatewaysOf(machineId: string): Promise<readonly number[]> {
  const pids = (await membersOf(machineId)).map(async (pid) => {
    const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return title.startsWith('openclaw-gateway') ? [pid] : []
  })
  return (await Promise.all(pids)).flat()
}
