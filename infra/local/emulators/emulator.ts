import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { ChildProcess } from 'node:child_process'
import { freePort } from '../ports.ts'
import { StartError } from '../start-error.ts'
import { answering } from './answering.ts'
import { archivePath } from './archive.ts'
import { bound, isTaken } from './bound.ts'
import { command, type Program } from './command.ts'
import { spawnTethered, stopTethered } from './tethered.ts'

/** A running emulator that we started. */
export type Emulator = {
  /** `127.0.0.1:port`, as FIRESTORE_EMULATOR_HOST and PUBSUB_EMULATOR_HOST want it. */
  readonly host: string
  readonly pid: number
  /** Resolves, with what to tell a person, when it ended although nobody asked it to. */
  readonly died: Promise<string>
  stop(): Promise<void>
}

/** How to start one. `port` is where it would like to be; the next free one is taken when somebody is there. */
export type EmulatorOptions = {
  readonly port: number
  readonly args?: readonly string[]
  readonly logFile: string
  readonly archiveFolder: string
  readonly readyWithinMs?: number
}

export const titles = { firestore: 'Firestore emulator', pubsub: 'Pub/Sub emulator' } as const

const GRACE_MS = 5_000

/** A bound for one that hangs: one that cannot start ends, and a slow computer that starts several takes a minute. */
const READY_WITHIN_MS = 180_000

/** Starts an emulator and waits until it answers. @throws StartError naming it, with the last lines of its log */
export async function startEmulator(program: Program, options: EmulatorOptions): Promise<Emulator> {
  const port = await freePort(options.port)
  const started = await startOn(port, program, options)
  // Somebody else was faster: nothing can keep a port for a program that has yet to start.
  return started ?? startEmulator(program, { ...options, port: port + 1 })
}

/** Undefined when the port was taken after all. */
async function startOn(port: number, program: Program, options: EmulatorOptions): Promise<Emulator | undefined> {
  const archive = archivePath(program, options.archiveFolder)
  const jvm = existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`, '-Xshare:auto'] : []
  const [java, args] = command(program, { port, jvm, args: options.args ?? [] })
  const child = spawnTethered(java, args, options.logFile)
  const ended = endOf(child)
  if (!(await ready(program, child, ended, port, options))) return undefined
  let stopping = false
  return {
    host: `127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    died: ended.then((how) =>
      stopping ? new Promise<never>(() => undefined) : obituary(program, how, options.logFile),
    ),
    stop: async () => {
      stopping = true
      await stopTethered(child, GRACE_MS)
    },
  }
}

/** False when somebody else has the port. @throws StartError */
async function ready(
  program: Program,
  child: ChildProcess,
  ended: Promise<string>,
  port: number,
  { logFile, readyWithinMs = READY_WITHIN_MS }: EmulatorOptions,
): Promise<boolean> {
  const over = new AbortController()
  const within = AbortSignal.any([over.signal, AbortSignal.timeout(readyWithinMs)])
  const failed = ended.then(async (how) => {
    if (await isTaken(logFile)) return false
    throw new StartError(await obituary(program, how, logFile))
  })
  const listens = bound(logFile, port, within).then(async (isBound) => {
    if (isBound) await answering(port, readyWithinMs, within)
    return isBound
  })
  try {
    const isReady = await Promise.race([listens, failed])
    if (!isReady) await stopTethered(child, 0)
    return isReady
  } catch (error) {
    await stopTethered(child, 0)
    if (error instanceof StartError) throw error
    throw new StartError(await obituary(program, `did not answer within ${readyWithinMs / 1000} s`, logFile))
  } finally {
    over.abort()
    failed.catch(() => undefined)
    listens.catch(() => undefined)
  }
}

const endOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be started (${error.message})`))
    child.once('exit', (code, signal) => resolve(signal ? `was ended by ${signal}` : `ended with exit code ${code}`))
  })

async function obituary({ name, java }: Program, how: string, logFile: string): Promise<string> {
  const log = await readFile(logFile, 'utf8').catch(() => '')
  if (log.includes('UnsupportedClassVersionError')) {
    return `The ${titles[name]} needs a newer Java than ${java.version}. Install Java 21 and set JAVA_HOME to it.`
  }
  const lines = log.trimEnd().split('\n').filter(isTelling).slice(-5)
  const said = lines.length > 0 ? ` Its last lines:\n${lines.map((line) => `  ${line}`).join('\n')}\n` : ' '
  return `The ${titles[name]} ${how}.${said}Its log: ${logFile}`
}

// Stack frames, notes on each connection and the greeting say nothing about an end.
const NOISE =
  /^\s+at |^\s*\.\.\. \d+ more|Detected (?:non-)?HTTP|HttpVersionRoutingHandler|^If you are|^\s+export |^Note: Support|^API endpoint/

const isTelling = (line: string): boolean => line.trim() !== '' && !NOISE.test(line)
