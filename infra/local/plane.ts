import { join } from 'node:path'
import { cloudLog } from '../../shared/gcp/log.ts'
import { startAgents } from './plane-agents.ts'
import type { Whereabouts } from './plane-agents.ts'
import { openInlet } from './bridge/firestore.ts'
import type { Emulators } from './emulators/start.ts'
import { openFunctionsLog } from './functions-log.ts'
import { connect, startFunctions, startStores } from './plane-parts.ts'
import { startPeople } from './people.ts'
import type { PortName } from './preflight.ts'
import type { State } from './state.ts'
import { shownErrors } from './shown-errors.ts'
import { startSlack } from './slack/start.ts'

/** A local plane that runs. */
export type Plane = {
  readonly apiUrl: string
  readonly urls: Readonly<Record<string, string>>
  /** Resolves, with what to tell a person, when a part of it ended that nobody stopped. */
  readonly died: Promise<string>
  /** To be called when there is nothing more urgent: prepares a faster next start, in the background. */
  settle(): void
  /** Ends everything that was started, and nothing else. */
  stop(): Promise<void>
}

/** What a plane needs. */
export type PlaneOptions = {
  readonly state: State
  readonly ports: Readonly<Record<PortName, number>>
  /** Agents are machines of a simulated Google Cloud, instead of processes. */
  readonly simulateGcp?: { readonly scale: number } | undefined
  readonly say: (line: string) => void
}

/**
 * Starts everything, in order; when a part fails, what was started before it is stopped again. The functions run in
 * this process and read this process's environment, as deployed ones do. @throws StartError
 */
export async function startPlane(options: PlaneOptions): Promise<Plane> {
  const { state, ports, say } = options
  await using parts = new AsyncDisposableStack()
  const functionsLog = await openFunctionsLog(join(state.logs, 'functions.log'), shownErrors(say))
  parts.defer(() => functionsLog.close())
  const inlet = await openInlet()
  parts.defer(() => inlet.close())
  const emulators = await startStores(options, inlet.host, parts)
  const functionsUrl = `http://127.0.0.1:${ports.api}`
  const project = await state.project()
  const where = { state, functionsUrl, emulators, project }
  const agents = await startAgents(options, where, parts)
  Object.assign(process.env, environmentOf(where), agents.environment)
  const people = await startPeople(state, parts)
  const slack = await startSlack(where, parts)
  Object.assign(process.env, people.environment, slack.environment)
  const functions = await startFunctions(ports.api, functionsLog, parts)
  await connect(project, functions, inlet, emulators, cloudLog(functionsLog.write), parts)
  const apiUrl = `${functionsUrl}/api`
  const urls = { ...urlsOf(functionsUrl, emulators), ...agents.urls, ...slack.urls }
  const running = { apiUrl, tokenFile: state.tokenFile, pid: process.pid, urls, emulatorPids: emulators.pids }
  await state.announce(running)
  const started = parts.move()
  return {
    apiUrl,
    urls,
    died: emulators.died,
    settle: () => {
      const training = emulators.train()
      started.defer(() => training.stop())
    },
    stop: () => started.disposeAsync(),
  }
}

const environmentOf = ({ state, functionsUrl, emulators, project }: Whereabouts) => ({
  AP_MODE: 'local',
  GOOGLE_CLOUD_PROJECT: project,
  FIRESTORE_EMULATOR_HOST: emulators.firestoreHost,
  PUBSUB_EMULATOR_HOST: emulators.pubsubHost,
  AP_API_TOKEN_FILE: state.tokenFile,
  AP_FUNCTIONS_URL: functionsUrl,
  // Google's clients would look for a metadata server for seconds, and warn.
  METADATA_SERVER_DETECTION: 'none',
})

const urlsOf = (functionsUrl: string, { firestoreHost, pubsubHost }: Emulators) => ({
  api: `${functionsUrl}/api`,
  heartbeat: `${functionsUrl}/heartbeat`,
  firestore: `http://${firestoreHost}`,
  pubsub: `http://${pubsubHost}`,
})
