import type { EmulatorName } from './jars.ts'
import type { Java } from './java.ts'

/** What is needed to run an emulator. */
export type Program = { readonly name: EmulatorName; readonly jar: string; readonly java: Java }

// The serial collector and the first compiler alone start fastest and take least memory at this load.
const FAST_START = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Duser.language=en']

const FIRESTORE_MAIN = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore'

/** The command line of an emulator on 127.0.0.1. */
export function command(
  { name, jar, java }: Program,
  { port, jvm, args }: { readonly port: number; readonly jvm: readonly string[]; readonly args: readonly string[] },
): readonly [string, readonly string[]] {
  // The SDK's Firestore jar names no main class, so `-jar` would fail.
  const run = name === 'firestore' ? ['-cp', jar, FIRESTORE_MAIN] : ['-jar', jar]
  const listen =
    name === 'firestore' ? ['--host', '127.0.0.1', '--port', `${port}`] : ['--host=127.0.0.1', `--port=${port}`]
  return [java.path, [...FAST_START, ...jvm, ...run, ...listen, ...args]]
}
