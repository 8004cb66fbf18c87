import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { signalProcess, watchMembers } from '../../shared/process/members.ts'
import { isListening } from '../../shared/process/tcp-ports.ts'
import { until } from '../../shared/process/until.ts'
import type { MachineLog } from './log.ts'

/** How a gateway ended by itself. */
export type GatewayEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** One OpenClaw gateway with everything it starts. */
export type Gateway = {
  /** Settles when it ends without having been asked to. */
  readonly ended: Promise<GatewayEnd>
  /** Ends it and starts it again with the same program and environment. */
  restart(): Promise<void>
  /** Ends it and all processes of this machine but the caller and its guard, and proves that its port is closed. */
  stop(): Promise<void>
}

export type GatewayOptions = {
  readonly program: string
  readonly environment: Readonly<Record<string, string>>
  readonly folder: string
  readonly machineId: string
  readonly guardPid: number | undefined
  readonly port: number
  readonly stopWithinMs: number
  readonly log: MachineLog
}

/** Starts a gateway in the process group of the caller. */
export function startGateway(options: GatewayOptions): Gateway {
  const { promise: ended, resolve } = Promise.withResolvers<GatewayEnd>()
  const start = (): ChildProcess =>
    launch(options)
      .once('exit', (code, signal) => resolve({ code, signal }))
      .once('error', (error) => {
        options.log.warn(`the gateway could not be started: ${error.message}`)
        resolve({ code: null, signal: null })
      })
  let child = start()
  const stop = async (): Promise<void> => {
    child.removeAllListeners('exit')
    await endAll(options, child)
  }
  return {
    ended,
    stop,
    restart: async () => {
      await stop()
      child = start()
    },
  }
}

function launch({ program, environment, folder, log }: GatewayOptions): ChildProcess {
  const child = spawn(process.execPath, [program, 'gateway', 'run'], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  createInterface(child.stdout).on('line', (line) => log.gateway(line, 'info'))
  createInterface(child.stderr).on('line', (line) => log.gateway(line, 'warning'))
  return child
}

async function endAll(options: GatewayOptions, child: ChildProcess): Promise<void> {
  const { machineId, guardPid, port, stopWithinMs, log } = options
  const members = watchMembers(machineId)
  const others = async (): Promise<readonly number[]> => (await members.left()).filter((pid) => pid !== guardPid)
  const gone = async (): Promise<boolean> => (await others()).length === 0
  // A launcher that was killed has left its gateway behind, which has heard of nothing.
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
  else for (const pid of await others()) signalProcess(pid, 'SIGTERM')
  if (!(await until(gone, { withinMs: stopWithinMs }))) {
    log.warn(`the gateway did not end within ${stopWithinMs} ms and is killed`)
    for (const pid of await others()) signalProcess(pid, 'SIGKILL')
    await until(gone, { withinMs: 5_000 })
  }
  const closed = await until(async () => !(await isListening(port)), { withinMs: 5_000 })
  if (!closed) log.warn(`port ${port} is still open`)
}

/**
 * Starts a shell that waits for this process to end, however it ends, and then kills the whole group: nothing of a
 * machine outlives its supervisor. Harmless where the caller leads no group, because then no group has that number.
 */
export function startGuard(): number | undefined {
  const script = 'trap "" TERM INT HUP; read -r _; kill -9 "-$1"'
  const guard = spawn('/bin/sh', ['-c', script, 'guard', String(process.pid)], { stdio: ['pipe', 'ignore', 'ignore'] })
  guard.unref()
  guard.stdin.on('error', () => undefined)
  return guard.pid
}
