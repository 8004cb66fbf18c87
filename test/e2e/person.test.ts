import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { AgentView } from '../../shared/api/views.ts'
import { membersOf } from '../../shared/process/members.ts'
import { isListening } from '../../shared/process/tcp-ports.ts'
import { gatewayOf, isProven, look, ping } from './ada.ts'
import { typedAtTerminals, typedInVain } from './at-terminals.ts'
import type { Typed } from './at-terminals.ts'
import { typedToOpenClaw } from './in-openclaw.ts'
import { retriedInSlack, typedInSlack, typedInVainInSlack } from './in-slack.ts'
import { hasEmulators, installationOfFile, wantEmulators } from './installation.ts'
import { openclawWithPlugin } from './installed-plugin.ts'
import type { InstalledPlugin } from './installed-plugin.ts'
import { BOOT_MS, typing } from './typing.ts'

// One plane and one agent for all that is typed: a boot of OpenClaw takes half a minute of a processor.
const installation = installationOfFile(29_000)
const stage = typing(installation)
const PATIENT = { timeout: BOOT_MS }

let greeting: string
let installed: InstalledPlugin

beforeAll(async () => {
  if (!hasEmulators) return
  ;[greeting, installed] = await Promise.all([installation().start(), openclawWithPlugin(installation())])
}, 2 * BOOT_MS)

beforeEach(wantEmulators)

const typed: Typed = {
  cli: (args, input) => installation().planes(args, input),
  plugin: (args, input) => installed.host(['planes', ...args], input),
}

const proven = async (): Promise<AgentView> => {
  await vi.waitUntil(async () => isProven(await look(installation())), { timeout: BOOT_MS, interval: 1_000 })
  return look(installation())
}

test('npm start gives a person an agent that answers', PATIENT, async () => {
  expect(greeting).toContain('ada is Ready')
  const { gatewayUrl = '' } = await proven()
  expect(greeting).toContain(gatewayUrl)
  expect((await fetch(gatewayUrl)).status).toBe(200)
  expect(await ping(installation())).toContain('[demo model] pong')
})

typedAtTerminals(stage, typed)
typedInSlack(stage)

describe('an agent whose machine fails', () => {
  typedInVain(stage, typed)
  typedInVainInSlack(stage)
  // What OpenClaw is asked while she boots, it need not be asked beside nothing.
  retriedInSlack(stage, () =>
    typedToOpenClaw(stage, {
      openclaw: (args, input) => installed.openclaw(['planes', ...args], input),
      host: typed.plugin,
    }),
  )
})

test(
  'an agent heals, survives a restart of its plane, and goes without a trace',
  { timeout: 3 * BOOT_MS },
  async () => {
    const { start, stop, state, planes } = installation()
    const first = await proven()
    process.kill(await gatewayOf(first), 'SIGKILL')
    const isMissed = async () => (await look(installation())).phase !== 'Ready'
    await vi.waitUntil(isMissed, { timeout: BOOT_MS, interval: 500 })
    const healed = await proven()

    expect(await stop()).toBe(0)
    expect(await membersOf(healed.machineId ?? '')).toEqual([])
    await start()
    // Her port is another one when somebody took the former while she was stopped.
    const { uid, machineId = '', gatewayUrl = '' } = await proven()
    expect(uid).toBe(first.uid)

    const removed = await planes(['remove-agent', '--plane', 'local', '--name', 'ada', '--purge', '--yes', '--wait'])
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining('Purged') as string })
    expect(await membersOf(machineId)).toEqual([])
    expect(await isListening(Number(new URL(gatewayUrl).port))).toBe(false)
    expect(await readdir(join(state, 'agents'))).not.toContain(uid)
    expect(await stop()).toBe(0)
  },
)
