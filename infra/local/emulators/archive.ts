import { createHash } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { freePort } from '../ports.ts'
import { command, type Program } from './command.ts'
import { spawnTethered, stopTethered } from './tethered.ts'
import { answering } from './answering.ts'

/**
 * Where the JVM's archive of this emulator's loaded classes is kept: one per program and Java, as the JVM ignores any other.
 * It halves the time to start. https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html
 */
export function archivePath({ name, jar, java }: Program, folder: string): string {
  const { size, mtimeMs } = statSync(jar)
  const key = createHash('sha256').update([jar, size, mtimeMs, java.path, java.version].join('\n')).digest('hex')
  return join(folder, `${name}-${key.slice(0, 16)}.jsa`)
}

/** A run of the emulator whose only purpose is its archive. */
export type Training = { readonly done: Promise<void>; stop(): Promise<void> }

/** Makes the archive of an emulator in the background, at the lowest priority. A failure costs nothing but time at the next start. */
export function trainArchive(program: Program, path: string): Training {
  if (existsSync(path)) return { done: Promise.resolve(), stop: () => Promise.resolve() }
  const stopping = new AbortController()
  const done = train(program, path, stopping.signal).catch(() => undefined)
  return {
    done,
    stop: async () => {
      stopping.abort()
      await done
    },
  }
}

async function train(program: Program, path: string, signal: AbortSignal): Promise<void> {
  const part = `${path}.${process.pid}.part`
  await mkdir(dirname(path), { recursive: true })
  const port = await freePort(28_000)
  const [java, args] = command(program, { port, jvm: [`-XX:ArchiveClassesAtExit=${part}`], args: [] })
  const log = `${part}.log`
  const child = spawnTethered('nice', ['-n', '19', java, ...args], log)
  try {
    await answering(port, 60_000, signal)
    // The archive is written while the JVM ends; dumping took 3 s here, and several times that on a busy machine.
    await stopTethered(child, signal.aborted ? 0 : 60_000)
    if (existsSync(part)) await rename(part, path)
  } finally {
    await stopTethered(child, 0)
    await rm(part, { force: true })
    await rm(log, { force: true })
  }
}
