import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cacheFolder, findJar } from '../../infra/local/emulators/jars.ts'
import { put, temporaryFolder } from './folder.ts'

const SDK = {
  firestore: 'platform/cloud-firestore-emulator/cloud-firestore-emulator.jar',
  pubsub: 'platform/pubsub-emulator/lib/cloud-pubsub-emulator-0.8.20-all.jar',
}
const CACHED = {
  firestore: 'cloud-firestore-emulator-v1.19.8.jar',
  pubsub: 'pubsub-emulator-0.8.14/pubsub-emulator/lib/cloud-pubsub-emulator-0.8.14-all.jar',
}

/** A machine with nothing installed. */
function machine(env: NodeJS.ProcessEnv = {}) {
  const home = temporaryFolder()
  return { home, env, sdkFolders: [join(home, 'google-cloud-sdk')] }
}

describe.each(['firestore', 'pubsub'] as const)('the %s emulator', (name) => {
  test('is not found on a machine without one', () => {
    expect(findJar(name, machine())).toBeUndefined()
  })

  test('of CLOUDSDK_ROOT comes first', () => {
    const sdk = temporaryFolder()
    const places = machine({ CLOUDSDK_ROOT: sdk })
    const path = put(join(sdk, SDK[name]))
    put(join(places.home, 'google-cloud-sdk', SDK[name]))
    put(join(places.home, '.cache/firebase/emulators', CACHED[name]))
    expect(findJar(name, places)).toEqual({ path, from: 'Google Cloud SDK' })
  })

  test('is found beside the gcloud that is on PATH, through its link', () => {
    const sdk = temporaryFolder()
    const bin = temporaryFolder()
    put(join(sdk, 'bin/gcloud'))
    symlinkSync(join(sdk, 'bin/gcloud'), join(bin, 'gcloud'))
    const path = put(join(sdk, SDK[name]))
    expect(findJar(name, machine({ PATH: `/nowhere:${bin}` }))).toEqual({ path, from: 'Google Cloud SDK' })
  })

  test('is found in a usual folder', () => {
    const places = machine()
    const path = put(join(places.home, 'google-cloud-sdk', SDK[name]))
    put(join(places.home, '.cache/firebase/emulators', CACHED[name]))
    expect(findJar(name, places)).toEqual({ path, from: 'Google Cloud SDK' })
  })

  test('of firebase-tools comes before one downloaded earlier', () => {
    const places = machine()
    const path = put(join(places.home, '.cache/firebase/emulators', CACHED[name]))
    put(join(cacheFolder(places), CACHED[name]))
    expect(findJar(name, places)).toEqual({ path, from: 'firebase-tools' })
  })

  test('is found where FIREBASE_EMULATORS_PATH says', () => {
    const folder = temporaryFolder()
    const path = put(join(folder, CACHED[name]))
    expect(findJar(name, machine({ FIREBASE_EMULATORS_PATH: folder }))).toEqual({ path, from: 'firebase-tools' })
  })

  test('downloaded earlier is used when there is no other, from XDG_CACHE_HOME too', () => {
    const cache = temporaryFolder()
    const places = machine({ XDG_CACHE_HOME: cache })
    const path = put(join(cache, 'agents-plane/emulators', CACHED[name]))
    expect(findJar(name, places)).toEqual({ path, from: 'download' })
  })

  test('is not taken from a Google Cloud SDK that lacks it', () => {
    const places = machine()
    mkdirSync(join(places.home, 'google-cloud-sdk/platform'), { recursive: true })
    expect(findJar(name, places)).toBeUndefined()
  })
})

test('of several versions the newest is taken', () => {
  const places = machine()
  const folder = join(places.home, '.cache/firebase/emulators')
  put(join(folder, 'cloud-firestore-emulator-v1.9.0.jar'))
  const path = put(join(folder, 'cloud-firestore-emulator-v1.19.8.jar'))
  expect(findJar('firestore', places)?.path).toBe(path)
})
