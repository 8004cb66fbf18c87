import { adminRpc } from '../../shared/openclaw/admin-rpc.ts'
import type { AdminRpc } from '../../shared/openclaw/admin-rpc.ts'
import type { MachineFacts } from '../../shared/openclaw/placeholders.ts'
import type { MachineConfiguration } from '../../shared/ports/backend.ts'
import { backoffMs, pause } from './backoff.ts'
import type { Configurator } from './configurator.ts'
import type { Gateway } from './gateway.ts'
import type { MachineLog } from './log.ts'
import { messageOf } from './message-of.ts'
import type { Metadata } from './metadata.ts'
import { observe } from './observe.ts'
import { secretsRevision } from './prepare.ts'
import type { Prepared } from './prepare.ts'
import { reporter } from './reporter.ts'
import type { MachineSettings } from '../../shared/process/machine-settings.ts'

/** What the loops of a running machine work with. */
export type Machine = {
  readonly settings: MachineSettings
  readonly prepared: Prepared
  readonly metadata: Metadata
  readonly configurator: Configurator
  readonly log: MachineLog
  readonly signal: AbortSignal
}

const TICK_MS = 1_000

/** The newest configuration that the metadata server named. */
export type Wanted = { current: MachineConfiguration }

/** Asks for a configuration until there is one. */
export async function firstConfiguration({
  metadata,
  log,
  signal,
}: Machine): Promise<MachineConfiguration | undefined> {
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      return await metadata.configuration(undefined, signal)
    } catch (error) {
      if (failures === 1) log.warn(`no configuration yet: ${messageOf(error)}`)
      await pause(backoffMs(failures, Math.random), signal)
    }
  }
  return undefined
}

/** Keeps `wanted` the newest there is. A metadata server that is away changes nothing. */
export async function followConfiguration({ metadata, log, signal }: Machine, wanted: Wanted): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    try {
      wanted.current = await metadata.configuration(wanted.current.generation, signal)
      failures = 0
    } catch (error) {
      failures += 1
      if (failures === 1 && !signal.aborted) log.warn(`configuration is not being followed: ${messageOf(error)}`)
      await pause(backoffMs(failures, Math.random), signal)
    }
  }
}

/** Writes what is wanted. True when the gateway has to be started again for it. */
export async function writeConfiguration(machine: Machine, wanted: Wanted): Promise<boolean> {
  return machine.configurator.write(wanted.current, await factsOf(machine))
}

async function factsOf({ settings, prepared, metadata }: Machine): Promise<MachineFacts> {
  const { metadataUrl } = await metadata.endpoints()
  return {
    port: settings.port,
    tokenFile: prepared.tokenFile,
    resolver: prepared.resolver,
    secretsSource: settings.secretsFolder,
    secretsRevision: await secretsRevision(settings.secretsFolder),
    workspace: prepared.workspace,
    logFile: `${prepared.folders.temporary}/openclaw.log`,
    demoModelUrl: `${metadataUrl}/demo-model/v1`,
  }
}

/** Applies what changes and reports, once a second while there is something to settle, else as often as heartbeats are due. */
export async function runMachine(machine: Machine, gateway: Gateway, wanted: Wanted): Promise<void> {
  const { settings, prepared, log, signal } = machine
  const url = `http://127.0.0.1:${settings.port}`
  const rpc = adminRpc(url, () => Promise.resolve(prepared.token))
  const beat = heartbeats(machine, url, rpc)
  let complaint: string | undefined
  while (!signal.aborted) {
    try {
      if (await writeConfiguration(machine, wanted)) {
        log.info('a channel was removed; the gateway is started again')
        await gateway.restart()
      }
      await beat()
      complaint = undefined
    } catch (error) {
      // Said once, not every second.
      if (messageOf(error) !== complaint) log.warn(messageOf(error))
      complaint = messageOf(error)
    }
    await pause(TICK_MS, signal)
  }
}

/** One look at the gateway and, when one is due or a change is worth telling, one heartbeat. */
function heartbeats(
  { settings, metadata, configurator, log }: Machine,
  url: string,
  rpc: AdminRpc,
): () => Promise<void> {
  const reports = reporter(metadata)
  let dueAtMs = 0
  let failures = 0
  return async () => {
    const nowMs = performance.now()
    if (nowMs < dueAtMs && (failures > 0 || !reports.owes(configurator.applied()))) return
    const seen = await observe(url, rpc, configurator.channels())
    if (seen.ready) await configurator.settle(rpc)
    if (nowMs < dueAtMs && !(seen.ready && configurator.applied() !== '')) return
    try {
      await reports.send({ ...seen, appliedGeneration: configurator.applied() })
      failures = 0
      dueAtMs = nowMs + settings.heartbeatEveryMs
    } catch (error) {
      failures += 1
      if (failures === 1) log.warn(`heartbeats are not delivered: ${messageOf(error)}`)
      dueAtMs = nowMs + backoffMs(failures, Math.random, settings.heartbeatEveryMs)
    }
  }
}
