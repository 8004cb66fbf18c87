import { dirname } from 'node:path'
import { gatewayEnvironment } from '../../shared/openclaw/gateway-environment.ts'
import { EXIT_CONFIGURATION } from '../../shared/openclaw/version.ts'
import { MACHINE_MARKER } from '../../shared/process/members.ts'
import { pause } from './backoff.ts'
import { configurator } from './configurator.ts'
import { startGateway, startGuard } from './gateway.ts'
import type { Gateway, GatewayEnd } from './gateway.ts'
import { ensureInstalled } from './install.ts'
import { openLog } from './log.ts'
import type { MachineLog } from './log.ts'
import { firstConfiguration, followConfiguration, runMachine, writeConfiguration } from './machine.ts'
import type { Machine } from './machine.ts'
import { stateWriter } from './machine-state.ts'
import type { SetState } from './machine-state.ts'
import { messageOf } from './message-of.ts'
import { metadataClient } from './metadata.ts'
import { prepare } from './prepare.ts'
import type { Prepared } from './prepare.ts'
import { readExisting, readRecord } from '../../shared/process/files.ts'
import type { MachineSettings } from '../../shared/process/machine-settings.ts'

/** One machine from boot to end. The caller leads a process group of its own. */
async function main(settingsFile: string): Promise<void> {
  process.umask(0o077)
  const settings = await readExisting<MachineSettings>(settingsFile)
  const setState = stateWriter(settings.stateFile, settings.machineId)
  const secrets: string[] = []
  const log = openLog(settings.logFile, { nowMs: Date.now }, () => secrets)
  const abort = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => abort.abort())
  void endWhenDeleted(settingsFile, settings.machineId, abort)
  try {
    const prepared = await prepare(settings)
    secrets.push(prepared.token)
    await boot({ settings, prepared, log, abort, setState })
  } catch (error) {
    log.warn(messageOf(error))
    await setState(abort.signal.aborted ? 'stopped' : 'failed', messageOf(error))
    process.exitCode = 1
  } finally {
    abort.abort()
  }
}

const LOOK_EVERY_MS = 5_000

/** A machine whose folder was deleted, or given to a successor, while nobody could tell it so ends itself. */
async function endWhenDeleted(settingsFile: string, machineId: string, abort: AbortController): Promise<void> {
  while (!abort.signal.aborted) {
    await pause(LOOK_EVERY_MS, abort.signal)
    const settings = await readRecord<MachineSettings>(settingsFile).catch(() => ({ machineId }))
    if (settings?.machineId !== machineId) abort.abort()
  }
}

type Boot = {
  readonly settings: MachineSettings
  readonly prepared: Prepared
  readonly log: MachineLog
  readonly abort: AbortController
  readonly setState: SetState
}

async function boot({ settings, prepared, log, abort, setState }: Boot): Promise<void> {
  const { signal } = abort
  await setState('starting', 'starting')
  const program = await install(settings, log, setState, signal)
  const metadata = metadataClient(settings)
  const openclaw = configurator(prepared.folders.configuration)
  const machine: Machine = { settings, prepared, metadata, log, signal, configurator: openclaw }
  const first = await firstConfiguration(machine)
  if (first === undefined) return setState('stopped', 'stopped')
  const wanted = { current: first }
  await writeConfiguration(machine, wanted)
  const gateway = startGateway({
    program,
    environment: environmentOf(settings, prepared),
    folder: prepared.workspace,
    machineId: settings.machineId,
    guardPid: startGuard(),
    port: settings.port,
    stopWithinMs: settings.stopWithinMs,
    log,
  })
  log.info(`gateway of OpenClaw ${settings.openclawVersion} started on port ${settings.port}`)
  await setState('running')
  const loops = [runMachine(machine, gateway, wanted), followConfiguration(machine, wanted)]
  await watch({ gateway, abort, log, setState })
  await Promise.all(loops)
}

async function install(settings: MachineSettings, log: MachineLog, setState: SetState, signal: AbortSignal) {
  const { openclawVersion: version, cacheDir } = settings
  const onProgress = (text: string): void => {
    log.info(text)
    setState('starting', text).catch((error: unknown) => log.warn(messageOf(error)))
  }
  return ensureInstalled({ version, cacheDir, signal, onProgress })
}

/** Child programs find this very Node first: the resolver is a script, and OpenClaw refuses older ones. */
function environmentOf(settings: MachineSettings, { folders }: Prepared): Record<string, string> {
  const inherited = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` }
  return { ...gatewayEnvironment(folders, inherited), [MACHINE_MARKER]: settings.machineId }
}

type Watch = {
  readonly gateway: Gateway
  readonly abort: AbortController
  readonly log: MachineLog
  readonly setState: SetState
}

/** Waits for the end of the gateway or for the order to stop; either way nothing of the machine is left. */
async function watch({ gateway, abort, log, setState }: Watch): Promise<void> {
  const ordered = new Promise<undefined>((resolve) => {
    abort.signal.addEventListener('abort', () => resolve(undefined), { once: true })
    if (abort.signal.aborted) resolve(undefined)
  })
  const end = await Promise.race([gateway.ended, ordered])
  if (end === undefined) await setState('stopping', 'stopping')
  abort.abort()
  await gateway.stop()
  const reason = end === undefined ? 'stopped as asked' : reasonOf(end)
  log.info(reason)
  await setState(end?.code === EXIT_CONFIGURATION ? 'failed' : 'stopped', reason)
}

function reasonOf({ code, signal }: GatewayEnd): string {
  if (code === EXIT_CONFIGURATION)
    return `the gateway refuses its configuration or its database (exit code ${code}); its log says why`
  if (signal !== null) return `the gateway was ended by ${signal}`
  return code === null ? 'the gateway could not be started' : `the gateway ended with exit code ${code}`
}

await main(process.argv[2] ?? '')
