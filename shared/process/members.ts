import { execFile } from 'node:child_process'
import { readFile, readdir } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Every process of a machine carries this variable with the machine's id, whatever group or session it moved to. */
export const MACHINE_MARKER = 'AP_MACHINE_ID'

/** A process, told from a later one of the same number by when it started. */
export type ProcessKey = { readonly pid: number; readonly startTime: string }

const run = promisify(execFile)

/** Identifies a live process; undefined when there is none of this number, or only what is left of one. */
export async function findProcess(pid: number): Promise<ProcessKey | undefined> {
  const startTime = process.platform === 'linux' ? await linuxStartTime(pid) : await psStartTime(pid)
  return startTime === undefined ? undefined : { pid, startTime }
}

/** Whether this very process still runs. */
export async function isAlive(key: ProcessKey): Promise<boolean> {
  return (await findProcess(key.pid))?.startTime === key.startTime
}

/** All live processes of a machine, save the one that asks. */
export async function membersOf(machineId: string): Promise<readonly number[]> {
  const marker = `${MACHINE_MARKER}=${machineId}`
  const pids = process.platform === 'linux' ? await linuxMembers(marker) : await psMembers(marker)
  return pids.filter((pid) => pid !== process.pid)
}

/**
 * Watches a machine's processes until they have ended. One that is ending loses its mark before its ports and files, so
 * whoever was seen once is looked for by number until it is gone. `known` are members from the beginning.
 */
export function watchMembers(
  machineId: string,
  known: readonly ProcessKey[] = [],
): { left(): Promise<readonly number[]>; signal(signal: NodeJS.Signals): Promise<void> } {
  const seen = new Map(known.map((key) => [`${key.pid} ${key.startTime}`, key]))
  const left = async (): Promise<readonly number[]> => {
    for (const pid of await membersOf(machineId)) {
      const key = await findProcess(pid)
      if (key !== undefined) seen.set(`${key.pid} ${key.startTime}`, key)
    }
    const alive = [...seen.values()].map(async (key) => ((await isAlive(key)) ? [key.pid] : []))
    return (await Promise.all(alive)).flat()
  }
  return {
    left,
    signal: async (signal) => {
      for (const pid of await left()) signalProcess(pid, signal)
    },
  }
}

/** Signals one process; succeeds when it is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (Object(error).code !== 'ESRCH') throw error
  }
}

async function linuxMembers(marker: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  const marked = await Promise.all(pids.map(async (pid) => ((await isMarked(pid, marker)) ? [pid] : [])))
  return marked.flat()
}

async function isMarked(pid: number, marker: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
  return environment.split('\0').includes(marker)
}

/** Field 22 of `/proc/<pid>/stat`. A zombie has ended. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
async function linuxStartTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined)
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields?.[0] === 'Z' || fields?.[0] === 'X' ? undefined : fields?.[19]
}

async function psMembers(marker: string): Promise<readonly number[]> {
  const { stdout } = await run('ps', ['-axEww', '-o', 'pid=,command='], { maxBuffer: 64 * 1024 * 1024 })
  return stdout.split('\n').flatMap((line) => (line.split(/\s+/).includes(marker) ? [Number.parseInt(line, 10)] : []))
}

async function psStartTime(pid: number): Promise<string | undefined> {
  const answer = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]).catch(() => undefined)
  const line = answer?.stdout.trim() ?? ''
  return line === '' || line.startsWith('Z') ? undefined : line.slice(line.indexOf(' ')).trim()
}
