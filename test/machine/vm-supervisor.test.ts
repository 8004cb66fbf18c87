import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configurator } from '../../infra/machine/configurator.ts'
import type { Observation } from '../../infra/machine/observe.ts'
import { supervise } from '../../infra/machine/vm/supervisor.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import type { RuntimeWishes } from '../../shared/openclaw/configuration.ts'
import { writeWhole } from '../../shared/process/files.ts'
import { eventually } from './stage.ts'

const telegram: RuntimeWishes = { channels: [{ kind: 'telegram', allowFrom: ['1'] }] }
const clocked: RuntimeWishes = { ...telegram, thinkingClock: { every: '30m', prompt: 'think' } }
const bare: RuntimeWishes = { channels: [] }

let folder: string
let abort: AbortController
let seen: Observation
let said: string[]
let revision: string
let running: Promise<void>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ap-supervisor-'))
  abort = new AbortController()
  ;[seen, said, revision] = [{ ready: false, failing: [] }, [], 'telegram-bot-token=-']
  const openclaw = path('openclaw.json')
  running = supervise({
    configurator: configurator(openclaw),
    // A gateway that takes over whatever stands in its file.
    rpc: async (method) => {
      const hash = await readFile(openclaw, 'utf8')
      return method === 'config.get' ? { valid: true, hash, configRevisionHash: hash, appliedConfigHash: hash } : {}
    },
    observe: async () => seen,
    revisions: async () => revision,
    facts: {
      port: 1,
      tokenFile: '/token',
      resolver: '/resolver',
      secretsSource: '/socket',
      workspace: '/workspace',
      logFile: '/log',
      demoModelUrl: 'http://127.0.0.1:2/v1',
    },
    paths: {
      configuration: path('configuration.json'),
      observation: path('observation.json'),
      restart: path('restart'),
      refused: path('refused'),
    },
    journal: { info: (text) => void said.push(text), warn: (text) => void said.push(text) },
    signal: abort.signal,
  })
})
afterEach(async () => {
  abort.abort()
  await running
  await rm(folder, { recursive: true, force: true })
})

const path = (name: string): string => join(folder, name)

/** Writes what is wanted as whatever follows the metadata server does: at once. */
const write = (configuration: string): Promise<void> => writeWhole(path('configuration.json'), configuration)

const want = (wishes: RuntimeWishes): Promise<void> => write(JSON.stringify(machineConfiguration(wishes)))

const observed = async (): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(path('observation.json'), 'utf8').catch(() => '{}')) as Record<string, unknown>

const isApplied = (wishes: RuntimeWishes) => async (): Promise<boolean> =>
  (await observed())['appliedGeneration'] === machineConfiguration(wishes).generation

const started = (): readonly string[] => said.filter((line) => line.startsWith('the gateway is started'))

async function settle(wishes: RuntimeWishes): Promise<void> {
  seen = { ready: true, failing: [] }
  await want(wishes)
  await eventually(isApplied(wishes))
}

test('the gateway is started once at boot, with its configuration in place, and reported when it runs it', async () => {
  await want(telegram)
  await eventually(async () => (await observed())['ready'] === false)
  expect(await observed()).toEqual({ appliedGeneration: '', ready: false, failing: ['gateway'] })
  expect(await readFile(path('openclaw.json'), 'utf8')).toContain('"/socket"')
  await settle(telegram)
  expect(started()).toEqual(['the gateway is started: this machine has just booted'])
})

test('a change is applied without another start, and a removed channel takes one', async () => {
  await settle(telegram)
  await settle(clocked)
  expect(started()).toHaveLength(1)
  await settle(bare)
  expect(started()).toEqual([expect.any(String), 'the gateway is started: a channel was removed'])
})

test('a secret that got its value reaches the configuration', async () => {
  await settle(telegram)
  revision = 'telegram-bot-token=1'
  await eventually(async () => (await readFile(path('openclaw.json'), 'utf8')).includes(revision))
  await eventually(isApplied(telegram))
  expect(started()).toHaveLength(1)
})

test('a gateway that refused its configuration is tried again with the next one', async () => {
  await want(telegram)
  await eventually(() => started().length === 1)
  await writeFile(path('refused'), '')
  await eventually(async () => String((await observed())['failing']) === 'gateway-refused-configuration')
  expect(started()).toHaveLength(1)
  await want(clocked)
  await eventually(() => started().includes('the gateway is started: it refused the configuration before this one'))
})

test('a configuration that is not one is said once and changes nothing', async () => {
  await settle(telegram)
  const before = await readFile(path('openclaw.json'), 'utf8')
  await write('{"generation":"canary"}')
  await eventually(() => said.some((line) => line.includes('ap-configuration')))
  await settle(bare)
  expect(said.filter((line) => line.includes('ap-configuration'))).toHaveLength(1)
  expect(said.join(' ')).not.toContain('canary')
  expect(await readFile(path('openclaw.json'), 'utf8')).not.toBe(before)
})
