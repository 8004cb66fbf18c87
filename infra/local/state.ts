import { randomBytes } from 'node:crypto'
import { chmod, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder, readText, writeRecord, writeWhole } from '../../shared/process/files.ts'
import { lock } from './lock.ts'

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
  /** The token that the API wants. Made once, so that it survives a restart. */
  token(): Promise<string>
  /** Says where the plane is, for as long as it runs. */
  announce(running: Running): Promise<void>
  /** Deletes all that is kept, save the lock. */
  clear(): Promise<void>
  /** Takes back what was announced and lets the next one in. */
  close(): Promise<void>
}

const LOCK = 'lock'

/** Opens a state folder for this process alone. @throws StartError when another process has it */
export async function openState(folder: string): Promise<State> {
  await makeFolder(folder)
  await chmod(folder, 0o700)
  const release = await lock(join(folder, LOCK))
  const tokenFile = join(folder, 'api-token')
  const logs = join(folder, 'logs')
  const announcement = join(folder, 'local.json')
  await makeFolder(logs)
  return {
    folder,
    tokenFile,
    documents: join(folder, 'firestore'),
    logs,
    token: async () => (await readText(tokenFile)) ?? makeToken(tokenFile),
    announce: (running) => writeRecord(announcement, running),
    clear: async () => {
      const names = (await readdir(folder)).filter((name) => name !== LOCK)
      await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })))
      await makeFolder(logs)
    },
    close: async () => {
      await rm(announcement, { force: true })
      await release()
    },
  }
}

async function makeToken(path: string): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await writeWhole(path, token, 0o600)
  return token
}
