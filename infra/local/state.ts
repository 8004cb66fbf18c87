import { randomBytes } from 'node:crypto'
import { chmod, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder, readText, writeRecord, writeWhole } from '../../shared/process/files.ts'
import { lock } from './lock.ts'
import { StartError } from './start-error.ts'

/** What the CLI reads to find a running plane. */
export type Running = {
  readonly apiUrl: string
  readonly tokenFile: string
  readonly pid: number
  readonly urls: Readonly<Record<string, string>>
  readonly emulatorPids: readonly number[]
}

/** The folder that everything of one local plane is kept in. Nobody but its owner may enter it. */
export type State = {
  readonly folder: string
  readonly tokenFile: string
  /** Saved documents. */
  readonly documents: string
  readonly logs: string
  /** The token that the API wants. Made with the folder, so that it survives a restart. */
  token(): Promise<string>
  /**
   * The Google Cloud project that this plane takes itself to be in, made with the folder. The emulators answer any web page
   * that a browser on this machine shows, for whichever project it names: so nobody else may know ours.
   */
  project(): Promise<string>
  /** Keeps the folder to one backend. @throws StartError when a plane with another one is in it */
  keepTo(backend: 'process' | 'vm'): Promise<void>
  /** Says where the plane is, for as long as it runs. */
  announce(running: Running): Promise<void>
  /** Deletes all that is kept, save the lock and what it is kept to; the token is another one then. */
  clear(): Promise<void>
  /** Takes back what was announced and lets the next one in. */
  close(): Promise<void>
}

const LOCK = 'lock'

const TOKEN = 'api-token'

const PROJECT = 'project'

const BACKEND = 'backend'

/** Opens a state folder for this process alone. @throws StartError when another process has it, or it is something else */
export async function openState(folder: string): Promise<State> {
  await makeFolder(folder)
  await refuseOthers(folder)
  await chmod(folder, 0o700)
  const release = await lock(join(folder, LOCK))
  const tokenFile = join(folder, TOKEN)
  const logs = join(folder, 'logs')
  const announcement = join(folder, 'local.json')
  const token = () => keptOnce(tokenFile, () => randomBytes(32).toString('base64url'))
  // A project id has 30 characters at most. https://cloud.google.com/resource-manager/docs/creating-managing-projects
  const project = () => keptOnce(join(folder, PROJECT), () => `ap-local-${randomBytes(10).toString('hex')}`)
  await token()
  await makeFolder(logs)
  return {
    folder,
    tokenFile,
    documents: join(folder, 'firestore'),
    logs,
    token,
    project,
    keepTo: (backend) => keepTo(folder, backend),
    announce: (running) => writeRecord(announcement, running),
    clear: async () => {
      const names = (await readdir(folder)).filter((name) => name !== LOCK && name !== BACKEND)
      await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })))
      await token()
      await makeFolder(logs)
    },
    close: async () => {
      await rm(announcement, { force: true })
      await release()
    },
  }
}

/** Only a folder that is empty or was ours before is taken: it is closed to others, and starting over empties it. */
async function refuseOthers(folder: string): Promise<void> {
  const names = await readdir(folder)
  if (names.length === 0 || names.some((name) => name === TOKEN || /^lock(?:\.\d+)?$/.test(name))) return
  throw new StartError(
    `${folder} holds other things than a plane's state. Choose an empty or new folder: npm start -- --state DIR`,
  )
}

/** Which backend a plane's agents run on. Planes made before there was a choice have processes. */
async function keepTo(folder: string, backend: 'process' | 'vm'): Promise<void> {
  const isNew = (await readText(join(folder, PROJECT))) === undefined
  const kept = await keptOnce(join(folder, BACKEND), () => (isNew ? backend : 'process'))
  if (kept === backend) return
  const now = kept === 'vm' ? 'runs on a simulated Google Cloud' : 'runs on this computer'
  throw new StartError(`The plane in ${folder} ${now}. Choose another folder: npm start -- --state DIR`)
}

async function keptOnce(path: string, make: () => string): Promise<string> {
  const kept = await readText(path)
  if (kept !== undefined) return kept
  const made = make()
  await writeWhole(path, made, 0o600)
  return made
}
