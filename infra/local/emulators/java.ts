import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { StartError } from '../start-error.ts'

/** A Java runtime that can run the emulators. */
export type Java = { readonly path: string; readonly version: string; readonly major: number }

/** The oldest Java both emulators run on. */
const JAVA_MIN_MAJOR = 17

const INSTALL: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'brew install --cask temurin',
  win32: 'winget install EclipseAdoptium.Temurin.21.JDK',
}

/** How to get Java on this platform. */
const javaInstall = (platform: NodeJS.Platform): string =>
  INSTALL[platform] ??
  'sudo apt-get install -y openjdk-17-jre-headless (Fedora: sudo dnf install java-21-openjdk-headless)'

/** The version inside `java -version`'s output, e.g. `17.0.15`; Java 8 calls itself 1.8. */
export function parseJavaVersion(output: string): Pick<Java, 'version' | 'major'> | undefined {
  const version = /version "([^"]+)"/.exec(output)?.[1]
  if (version === undefined) return undefined
  const [first = '', second = ''] = version.split(/[._-]/)
  return { version, major: Number(first === '1' ? second : first) }
}

async function runs(path: string): Promise<Java | undefined> {
  try {
    const { stderr, stdout } = await promisify(execFile)(path, ['-version'], { timeout: 10_000 })
    const parsed = parseJavaVersion(stderr + stdout)
    return parsed && { path, ...parsed }
  } catch {
    return undefined
  }
}

/** The Java of JAVA_HOME, else the one on PATH. @throws StartError with the command that installs one */
export async function findJava(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): Promise<Java> {
  const home = env['JAVA_HOME']
  const candidates = [...(home ? [join(home, 'bin', 'java')] : []), 'java']
  const found = (await Promise.all(candidates.map(runs))).filter((java) => java !== undefined)
  const java = found.find(({ major }) => major >= JAVA_MIN_MAJOR)
  if (java) return java
  const seen = found.map(({ version }) => `Java ${version} is too old`).join(', ') || 'No Java was found'
  throw new StartError(
    `${seen}; the Firestore and Pub/Sub emulators need Java ${JAVA_MIN_MAJOR} or newer. Install it with: ${javaInstall(platform)}`,
  )
}
