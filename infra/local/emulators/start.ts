import { join } from 'node:path'
import { trainArchive, archivePath, type Training } from './archive.ts'
import type { Program } from './command.ts'
import { downloadJar } from './download.ts'
import { startEmulator, titles, type Emulator } from './emulator.ts'
import { cacheFolder, findJar, type EmulatorName, type Places } from './jars.ts'
import { findJava } from './java.ts'

/** Both emulators, ready for clients. */
export type Emulators = {
  readonly firestoreHost: string
  readonly pubsubHost: string
  /** Whether the Firestore emulator is ours: only then it delivers events to us and can be saved and resumed. */
  readonly ownsFirestore: boolean
  readonly pids: readonly number[]
  /** Resolves, with what to tell a person, when one of them ended although nobody asked it to. */
  readonly died: Promise<string>
  /** Makes the next start faster; to be called when there is nothing more urgent. */
  train(): Training
  stop(): Promise<void>
}

/** How to start them. */
export type EmulatorsOptions = {
  readonly places: Places
  /** `host:port` that Firestore's events are delivered to. */
  readonly eventsHost: string
  readonly rulesFile: string
  readonly logFolder: string
  readonly ports: Readonly<Record<EmulatorName, number>>
  /** A save to begin with. */
  readonly importFile?: string | undefined
  readonly say: (line: string) => void
}

/**
 * Starts the emulators that FIRESTORE_EMULATOR_HOST and PUBSUB_EMULATOR_HOST do not name already. What those name is
 * used as it is, and never stopped. @throws StartError with the command that fixes it
 */
export async function startEmulators(options: EmulatorsOptions): Promise<Emulators> {
  const { env } = options.places
  const given = { firestore: env['FIRESTORE_EMULATOR_HOST'], pubsub: env['PUBSUB_EMULATOR_HOST'] }
  const missing = (['firestore', 'pubsub'] as const).filter((name) => !given[name])
  const programs = await findPrograms(missing, options)
  const running = await startAll(programs, options)
  const hostOf = (name: EmulatorName) => given[name] || (running.get(name)?.host ?? '')
  const all = [...running.values()]
  return {
    firestoreHost: hostOf('firestore'),
    pubsubHost: hostOf('pubsub'),
    ownsFirestore: running.has('firestore'),
    pids: all.map(({ pid }) => pid),
    died: Promise.race(all.map(({ died }) => died)),
    train: () => trainAll(programs, cacheFolder(options.places)),
    stop: async () => {
      await Promise.all(all.map((emulator) => emulator.stop()))
    },
  }
}

async function findPrograms(names: readonly EmulatorName[], { places, say }: EmulatorsOptions): Promise<Program[]> {
  if (names.length === 0) return []
  const java = await findJava(places.env)
  const programs: Program[] = []
  for (const name of names) {
    const jar = findJar(name, places) ?? (await downloadJar(name, cacheFolder(places), say))
    programs.push({ name, jar: jar.path, java })
  }
  return programs
}

async function startAll(programs: readonly Program[], options: EmulatorsOptions) {
  const started = await Promise.allSettled(
    programs.map(async (program) => [program.name, await start(program, options)] as const),
  )
  const running = new Map(started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])))
  const failed = started.find((result) => result.status === 'rejected')
  if (failed === undefined) return running
  await Promise.all([...running.values()].map((emulator) => emulator.stop()))
  throw failed.reason
}

async function start(program: Program, options: EmulatorsOptions): Promise<Emulator> {
  const { name } = program
  const port = options.ports[name]
  const emulator = await startEmulator(program, {
    port,
    args: name === 'firestore' ? firestoreArgs(options) : [],
    logFile: join(options.logFolder, `${name}-emulator.log`),
    archiveFolder: cacheFolder(options.places),
  })
  if (!emulator.host.endsWith(`:${port}`)) {
    options.say(`Port ${port} is taken; the ${titles[name]} listens on ${emulator.host} instead.`)
  }
  return emulator
}

const firestoreArgs = ({ eventsHost, rulesFile, importFile }: EmulatorsOptions): readonly string[] => [
  '--functions_emulator',
  eventsHost,
  '--rules',
  rulesFile,
  ...(importFile === undefined ? [] : ['--import-data', importFile]),
]

function trainAll(programs: readonly Program[], folder: string): Training {
  const trainings: Training[] = []
  let stopped = false
  const done = (async () => {
    // One after the other: this must not take both cores of a small machine.
    for (const program of programs) {
      if (stopped) return
      const training = trainArchive(program, archivePath(program, folder))
      trainings.push(training)
      await training.done
    }
  })()
  return {
    done,
    stop: async () => {
      stopped = true
      await Promise.all(trainings.map((training) => training.stop()))
    },
  }
}
