import { spawn, type ChildProcess } from 'node:child_process'
import { openSync, closeSync } from 'node:fs'

/**
 * Runs a program that must not outlive us, whatever kills us: descriptor 3 is a pipe from us, and its end ends the
 * program. Being in a process group of its own, it does not get the terminal's Ctrl-C, so that we can stop things in order.
 */
const TETHER = `
"$@" 3<&- & program=$!
{ read -r _ <&3; kill -TERM $program 2>/dev/null; } & tether=$!
exec 3<&-
trap 'kill -TERM $program 2>/dev/null' TERM
wait $program; code=$?
while kill -0 $program 2>/dev/null; do wait $program; code=$?; done
kill $tether 2>/dev/null
exit $code
`

/** Starts `command` so that it ends when this process does. Its output replaces `logFile`. */
export function spawnTethered(command: string, args: readonly string[], logFile: string): ChildProcess {
  const log = openSync(logFile, 'w', 0o600)
  try {
    return spawn('sh', ['-c', TETHER, 'sh', command, ...args], {
      detached: true,
      stdio: ['ignore', log, log, 'pipe'],
    })
  } finally {
    closeSync(log)
  }
}

/** Asks a tethered program to end, and ends its whole process group when it has not within `graceMs`. */
export async function stopTethered(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const { pid } = child
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => killGroup(pid), graceMs)
  await ended
  clearTimeout(timer)
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended in between.
  }
}
