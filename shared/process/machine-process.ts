import { spawn } from 'node:child_process'
import { openSync, closeSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { INHERITED } from '../openclaw/gateway-environment.ts'
import { ProviderError } from '../ports/errors.ts'
import { makeFolder, removeAll, writeRecord } from './files.ts'
import { agentLayout, sharedLayout } from './layout.ts'
import type { MachineRecord } from './machine-record.ts'
import type { MachineSettings } from './machine-settings.ts'
import { MACHINE_MARKER, findProcess, isAlive, signalProcess, watchMembers } from './members.ts'
import type { ProcessKey } from './members.ts'
import { isListening } from './tcp-ports.ts'
import { until } from './until.ts'

/** How machines of this installation are started. */
export type MachineOptions = {
  readonly stateDir: string
  readonly cacheDir: string
  /** What a machine may inherit is taken from here. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly heartbeatEveryMs: number
  /** How long a gateway may take to end by itself. */
  readonly stopWithinMs: number
}

const PROGRAM = fileURLToPath(new URL(`../../infra/machine/main${extname(import.meta.filename)}`, import.meta.url))

/** What a supervisor needs besides what it passes on: npm's own settings, for the first installation of a release. */
const SUPERVISOR_INHERITED = [
  ...INHERITED,
  'HOME',
  'XDG_CACHE_HOME',
  'npm_execpath',
  'npm_config_registry',
  'npm_config_userconfig',
  'npm_config_globalconfig',
  'npm_config_cache',
  'npm_config_cafile',
] as const

/** Starts a machine's supervisor as the leader of a group of its own; it goes on when the caller ends. */
export async function launchMachine(options: MachineOptions, record: MachineRecord): Promise<ProcessKey> {
  const paths = agentLayout(options.stateDir, record.place)
  await makeFolder(paths.machine)
  await removeAll(paths.machineState)
  await writeRecord(paths.machineSettings, settingsOf(options, record))
  const output = openSync(paths.machineConsole, 'a', 0o600)
  const child = spawn(process.execPath, [PROGRAM, paths.machineSettings], {
    cwd: paths.machine,
    env: environmentOf(options, record),
    detached: true,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  child.once('error', () => undefined)
  child.unref()
  const started = child.pid === undefined ? undefined : await findProcess(child.pid)
  if (started === undefined)
    throw new ProviderError(
      'Unavailable',
      `machine ${record.name} could not be started; ${paths.machineConsole} says why`,
    )
  return started
}

function settingsOf(
  { stateDir, cacheDir, heartbeatEveryMs, stopWithinMs }: MachineOptions,
  record: MachineRecord,
): MachineSettings {
  const paths = agentLayout(stateDir, record.place)
  return {
    machineId: record.id,
    openclawVersion: record.shape.openclawVersion,
    cacheDir,
    port: record.port,
    heartbeatEveryMs,
    stopWithinMs,
    keyHandleFile: paths.keyHandle,
    endpointsFile: sharedLayout(stateDir).endpoints,
    secretsFolder: paths.secrets,
    diskFolder: paths.disk,
    machineFolder: paths.machine,
    stateFile: paths.machineState,
    logFile: paths.machineLog,
  }
}

function environmentOf({ env, cacheDir }: MachineOptions, { id }: MachineRecord): Record<string, string> {
  const kept = Object.fromEntries(
    SUPERVISOR_INHERITED.flatMap((name): [string, string][] => {
      const value = env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
  // A third less memory and half the start: TypeScript is stripped once.
  return { ...kept, NODE_COMPILE_CACHE: join(cacheDir, 'compile-cache', 'machine'), [MACHINE_MARKER]: id }
}

/**
 * Ends every process of a machine and proves that none is left and that its port is closed. Only processes that carry
 * the machine's own mark are ever signalled. Where none was left to end, the port may be a stranger's by now and is not
 * asked about. @throws ProviderError Unavailable when something is left
 */
export async function endMachine(
  { id, port, name, process: supervisor }: MachineRecord,
  { withinMs, mayAct }: { readonly withinMs: number; readonly mayAct: () => void },
): Promise<void> {
  const members = watchMembers(id, supervisor === undefined ? [] : [supervisor])
  const gone = async (): Promise<boolean> => (await members.left()).length === 0
  if (await gone()) return
  mayAct()
  // A supervisor ends its gateway in order; without one, everything is told at once.
  if (supervisor !== undefined && (await isAlive(supervisor))) signalProcess(supervisor.pid, 'SIGTERM')
  else await members.signal('SIGTERM')
  if (!(await until(gone, { withinMs }))) {
    mayAct()
    await members.signal('SIGKILL')
  }
  if (!(await until(gone, { withinMs: KILL_WITHIN_MS })))
    throw new ProviderError('Unavailable', `processes of machine ${name} do not end; retry, or end them by hand`)
  if (await until(async () => !(await isListening(port)), { withinMs: KILL_WITHIN_MS })) return
  throw new ProviderError(
    'Unavailable',
    `machine ${name} has ended, yet something still listens on its port ${port}; end whatever listens there, then retry`,
  )
}

const KILL_WITHIN_MS = 5_000
