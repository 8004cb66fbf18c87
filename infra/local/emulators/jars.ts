import { globSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** The two emulators. */
export type EmulatorName = 'firestore' | 'pubsub'

/** An emulator's program and where it was found. */
export type Jar = { readonly path: string; readonly from: 'Google Cloud SDK' | 'firebase-tools' | 'download' }

/** Where this machine keeps things. */
export type Places = {
  readonly env: NodeJS.ProcessEnv
  readonly home: string
  /** Usual places of a Google Cloud SDK; tests pass their own. */
  readonly sdkFolders?: readonly string[]
}

const SDK_PATTERN: Record<EmulatorName, string> = {
  firestore: 'platform/cloud-firestore-emulator/cloud-firestore-emulator.jar',
  pubsub: 'platform/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar',
}

/** The layout of firebase-tools' cache; our own cache has the same. */
const CACHE_PATTERN: Record<EmulatorName, string> = {
  firestore: 'cloud-firestore-emulator-v*.jar',
  pubsub: 'pubsub-emulator-*/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar',
}

/** What we keep for this user across projects: jars and the JVM's archives of their classes. */
export const cacheFolder = ({ env, home }: Places): string =>
  join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'agents-plane', 'emulators')

/** The installed program of an emulator: the Google Cloud SDK's, else firebase-tools', else one downloaded earlier. */
export function findJar(name: EmulatorName, places: Places): Jar | undefined {
  for (const root of sdkRoots(places)) {
    const path = newest(SDK_PATTERN[name], root)
    if (path !== undefined) return { path, from: 'Google Cloud SDK' }
  }
  const { env, home } = places
  const firebase = env['FIREBASE_EMULATORS_PATH'] || join(home, '.cache', 'firebase', 'emulators')
  const cached = newest(CACHE_PATTERN[name], firebase)
  if (cached !== undefined) return { path: cached, from: 'firebase-tools' }
  const downloaded = newest(CACHE_PATTERN[name], cacheFolder(places))
  return downloaded === undefined ? undefined : { path: downloaded, from: 'download' }
}

function sdkRoots(places: Places): readonly string[] {
  const named = [places.env['CLOUDSDK_ROOT'], places.env['CLOUDSDK_ROOT_DIR']].filter((root) => root !== undefined)
  return [...named, ...gcloudRoots(places.env['PATH'] ?? ''), ...(places.sdkFolders ?? usualFolders(places.home))]
}

/** `gcloud` on PATH is a link into `<sdk>/bin`. */
function gcloudRoots(path: string): readonly string[] {
  return path.split(delimiter).flatMap((folder) => {
    try {
      return [dirname(dirname(realpathSync(join(folder, 'gcloud'))))]
    } catch {
      return []
    }
  })
}

const usualFolders = (home: string): readonly string[] => [
  join(home, 'google-cloud-sdk'),
  '/usr/lib/google-cloud-sdk',
  '/opt/google-cloud-sdk',
  '/usr/local/google-cloud-sdk',
  '/snap/google-cloud-cli/current',
  '/opt/homebrew/share/google-cloud-sdk',
  '/usr/local/share/google-cloud-sdk',
]

function newest(pattern: string, cwd: string): string | undefined {
  const found = globSync(pattern, { cwd }).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const last = found.at(-1)
  return last === undefined ? undefined : join(cwd, last)
}
