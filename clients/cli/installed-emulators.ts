import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Run } from './computer-findings.ts'

/** Whether a local plane finds its emulators: downloaded by it or by firebase-tools, or of an installed Google Cloud SDK. */
export async function hasEmulators(run: Run, env: NodeJS.ProcessEnv, home: string = homedir()): Promise<boolean> {
  const cache = env['XDG_CACHE_HOME'] || join(home, '.cache')
  const folders = [join(cache, 'agents-plane', 'emulators'), join(home, '.cache', 'firebase', 'emulators')]
  const listed = (await Promise.all(folders.map(list))).flat()
  const isThere = (name: string): boolean => listed.some((found) => found.includes(name))
  return (isThere('firestore') && isThere('pubsub')) || hasInstalledEmulators(run)
}

async function hasInstalledEmulators(run: Run): Promise<boolean> {
  const root = (await run('gcloud', ['info', '--format=value(installation.sdk_root)']))?.trim()
  const platform = root ? await list(join(root, 'platform')) : []
  return platform.includes('cloud-firestore-emulator') && platform.includes('pubsub-emulator')
}

const list = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])
