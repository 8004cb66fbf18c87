import { statfs } from 'node:fs/promises'
import { homedir } from 'node:os'
import { findJar, type EmulatorName } from './emulators/jars.ts'
import { findJava } from './emulators/java.ts'
import { freePort } from './ports.ts'
import { StartError } from './start-error.ts'

/** One thing that was looked at. */
export type Finding = {
  readonly what: string
  readonly is: 'fine' | 'warning' | 'wrong'
  readonly text: string
  /** What to do about it. */
  readonly fix?: string
}

/** What was found out about this machine. */
export type Machine = {
  readonly java: string | undefined
  readonly freeMemoryBytes: number
  readonly freeDiskBytes: number
  readonly ports: Readonly<Record<PortName, number>>
  readonly findings: readonly Finding[]
}

export type PortName = 'api' | 'gcp' | EmulatorName

const GIB = 1024 ** 3

/** A plane with its emulators takes about 0.6 GB, an agent about 1.6 GB: less free than this, and ada is left out. */
export const AGENT_FREE_MEMORY_BYTES = 3 * GIB

const PLANE_FREE_MEMORY_BYTES = 0.8 * GIB
const FREE_DISK_BYTES = 1.5 * GIB

const usualPorts: Readonly<Record<Exclude<PortName, 'api'>, number>> = { firestore: 8080, pubsub: 8085, gcp: 9600 }

/** What a plane is going to be, as far as it needs other things. */
export type Plan = {
  readonly apiPort: number
  /** On a simulated cloud agents take nothing of this machine. */
  readonly simulated: boolean
}

/** Looks whether this machine can run a plane. Finds things out only; what to make of them is the caller's. */
export async function preflight(env: NodeJS.ProcessEnv, stateFolder: string, plan: Plan): Promise<Machine> {
  const given = { firestore: env['FIRESTORE_EMULATOR_HOST'], pubsub: env['PUBSUB_EMULATOR_HOST'] }
  const starts = (['firestore', 'pubsub'] as const).filter((name) => !given[name])
  const { bavail, bsize } = await statfs(stateFolder)
  const freeMemoryBytes = process.availableMemory()
  const freeDiskBytes = bavail * bsize
  const java = await lookForJava(env, starts)
  const wanted = { api: plan.apiPort, ...usualPorts }
  const api = await freePort(wanted.api)
  const firestore = await freePort(wanted.firestore, [api])
  const pubsub = await freePort(wanted.pubsub, [api, firestore])
  const ports = { api, firestore, pubsub, gcp: await freePort(wanted.gcp, [api, firestore, pubsub]) }
  const findings = [
    java.finding,
    memoryFinding(freeMemoryBytes, plan),
    ...(plan.simulated ? [] : [diskFinding(freeDiskBytes, stateFolder)]),
    emulatorFinding(env, given),
    portFinding(wanted, ports, ['api', ...starts, ...(plan.simulated ? (['gcp'] as const) : [])]),
  ]
  return { java: java.version, freeMemoryBytes, freeDiskBytes, ports, findings }
}

/** One line per finding, and a second one with the fix where there is one. */
export const findingLines = (findings: readonly Finding[]): readonly string[] =>
  findings.flatMap(({ what, is, text, fix }) => [
    `  ${{ fine: '✓', warning: '!', wrong: '✗' }[is]} ${what.padEnd(10)} ${text}`,
    ...(fix === undefined ? [] : [`    ${''.padEnd(10)} ${fix}`]),
  ])

/** @throws StartError naming the first thing that is wrong, and its fix */
export function refuseWrong(findings: readonly Finding[]): void {
  const wrong = findings.find(({ is }) => is === 'wrong')
  if (wrong) throw new StartError([wrong.text, wrong.fix].filter(Boolean).join(' '))
}

async function lookForJava(
  env: NodeJS.ProcessEnv,
  starts: readonly EmulatorName[],
): Promise<{ readonly version: string | undefined; readonly finding: Finding }> {
  if (starts.length === 0) {
    return { version: undefined, finding: { what: 'Java', is: 'fine', text: 'not needed: the emulators run already' } }
  }
  try {
    const { version } = await findJava(env)
    return { version, finding: { what: 'Java', is: 'fine', text: version } }
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    return { version: undefined, finding: { what: 'Java', is: 'wrong', text: error.message } }
  }
}

function memoryFinding(bytes: number, { simulated }: Plan): Finding {
  const text = `${gib(bytes)} free`
  const enough = simulated ? PLANE_FREE_MEMORY_BYTES : AGENT_FREE_MEMORY_BYTES
  if (bytes >= enough) return { what: 'Memory', is: 'fine', text }
  if (bytes >= PLANE_FREE_MEMORY_BYTES) {
    const fix = `An agent takes about 1.6 GB: ada is left out below ${gib(AGENT_FREE_MEMORY_BYTES)}. End other programs to add agents.`
    return { what: 'Memory', is: 'warning', text, fix }
  }
  return {
    what: 'Memory',
    is: 'wrong',
    text: `Only ${text}; the plane alone needs ${gib(PLANE_FREE_MEMORY_BYTES)}.`,
    fix: 'End other programs.',
  }
}

function diskFinding(bytes: number, folder: string): Finding {
  const text = `${gib(bytes)} free at ${folder}`
  if (bytes >= FREE_DISK_BYTES) return { what: 'Disk', is: 'fine', text }
  const fix = 'Free some space, or keep the state elsewhere: npm start -- --state DIR'
  return { what: 'Disk', is: 'warning', text: `${text}; OpenClaw and an agent take about 1.5 GB`, fix }
}

function emulatorFinding(env: NodeJS.ProcessEnv, given: Readonly<Record<EmulatorName, string | undefined>>): Finding {
  const places = { env, home: homedir() }
  const from = (name: EmulatorName) => given[name] || findJar(name, places)?.from || 'will be downloaded'
  return { what: 'Emulators', is: 'fine', text: `Firestore: ${from('firestore')}, Pub/Sub: ${from('pubsub')}` }
}

function portFinding(
  wanted: Readonly<Record<PortName, number>>,
  ports: Readonly<Record<PortName, number>>,
  used: readonly PortName[],
): Finding {
  const moved = used.filter((name) => ports[name] !== wanted[name])
  const text = used.map((name) => `${name} ${ports[name]}`).join(', ')
  if (moved.length === 0) return { what: 'Ports', is: 'fine', text }
  const taken = moved.map((name) => wanted[name]).join(' and ')
  return {
    what: 'Ports',
    is: 'fine',
    text: `${text} (${taken} ${moved.length === 1 ? 'is' : 'are'} taken: the next free)`,
  }
}

const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GB`
