import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { unzipSync } from 'fflate'
import { StartError } from '../start-error.ts'
import type { EmulatorName, Jar } from './jars.ts'

/** A release of an emulator: where it comes from, what it must be, and where it goes in the cache. */
export type Release = { readonly url: string; readonly bytes: number; readonly sha256: string; readonly path: string }

const DROP = 'https://storage.googleapis.com/firebase-preview-drop/emulator'

/**
 * The last releases known to run on Java 17, as firebase-tools pins them.
 * https://github.com/firebase/firebase-tools/blob/master/src/emulator/downloadableEmulatorInfo.json
 */
const releases: Readonly<Record<EmulatorName, Release>> = {
  firestore: {
    url: `${DROP}/cloud-firestore-emulator-v1.19.8.jar`,
    bytes: 63_634_791,
    sha256: '9d43599ed6151199e8d604dc87fac51218e49e5f3a48519b1ae560bbe5e3382d',
    path: 'cloud-firestore-emulator-v1.19.8.jar',
  },
  pubsub: {
    url: `${DROP}/pubsub-emulator-0.8.14.zip`,
    bytes: 66_786_933,
    sha256: '4fbeefd8ecb32b10e5ab522e5d8748e0c2b13891c471c0c327c04632dcc75a8d',
    path: 'pubsub-emulator-0.8.14/pubsub-emulator/lib/cloud-pubsub-emulator-0.8.14-all.jar',
  },
}

const FIX: Record<EmulatorName, string> = {
  firestore: 'npx firebase-tools setup:emulators:firestore',
  pubsub: 'npx firebase-tools setup:emulators:pubsub',
}

/** Downloads a pinned emulator into `folder`. Nothing unchecked ever stands under its final name. @throws StartError */
export async function downloadJar(
  name: EmulatorName,
  folder: string,
  say: (line: string) => void,
  release: Release = releases[name],
): Promise<Jar> {
  say(`The ${name} emulator is not installed; downloading ${Math.round(release.bytes / 1e6)} MB from ${release.url}`)
  const path = join(folder, release.path)
  const part = join(folder, `${basename(release.path)}.${randomUUID()}.part`)
  try {
    await mkdir(dirname(path), { recursive: true })
    await fetchChecked(release, part)
    if (release.url.endsWith('.zip')) await writeFile(part, await extract(part, basename(release.path)))
    await rename(part, path)
  } catch (error) {
    const why = reasonOf(error)
    throw new StartError(
      `The ${name} emulator is not installed and could not be downloaded from ${release.url} (${why}). ` +
        `Install it with: gcloud components install ${name === 'pubsub' ? 'pubsub' : 'cloud-firestore'}-emulator (or: ${FIX[name]})`,
      { cause: error },
    )
  } finally {
    await rm(part, { force: true })
  }
  return { path, from: 'download' }
}

async function fetchChecked({ url, bytes, sha256 }: Release, part: string): Promise<void> {
  // Generous for a slow line, but a dead one must not hang the start.
  const response = await fetch(url, { signal: AbortSignal.timeout(15 * 60_000) })
  if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`)
  const hash = createHash('sha256')
  let size = 0
  await using file = await open(part, 'wx')
  for await (const chunk of response.body) {
    hash.update(chunk)
    size += chunk.byteLength
    if (size > bytes) break
    await file.write(chunk)
  }
  if (size !== bytes) throw new Error(`got ${size} bytes instead of ${bytes}`)
  if (hash.digest('hex') !== sha256) throw new Error('its SHA-256 is not the expected one')
}

async function extract(zip: string, wanted: string): Promise<Uint8Array> {
  const entries = unzipSync(await readFile(zip), { filter: ({ name }) => basename(name) === wanted })
  const [content] = Object.values(entries)
  if (content === undefined) throw new Error(`${wanted} is not in the archive`)
  return content
}

const reasonOf = (error: unknown): string => {
  const { message, cause } = error instanceof Error ? error : new Error(String(error))
  return cause instanceof Error && cause.message ? cause.message : message
}
