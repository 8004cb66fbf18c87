import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, statfs, writeFile } from 'node:fs/promises'
import { basename, delimiter, dirname, join } from 'node:path'
import { OPENCLAW_INSTALL_MB, OPENCLAW_MINIMUM, isSupported } from '../../shared/openclaw/version.ts'
import { exists } from '../../shared/process/files.ts'
import { openclawProgram } from '../../shared/process/layout.ts'
import { redact } from '../../shared/process/redact.ts'
import { megabytesIn } from './folder-size.ts'
import { withLock } from './install-lock.ts'
import { telling } from './telling.ts'
import type { Telling } from './telling.ts'
import { give, takeBack } from './unprivileged.ts'
import type { UnixUser } from './unprivileged.ts'

/** OpenClaw cannot be installed here; the message says why and what to do. */
class InstallFailed extends Error {
  override readonly name = 'InstallFailed'
}

/** How an installation is told about. */
export type Install = {
  readonly version: string
  readonly cacheDir: string
  readonly onProgress: (text: string) => void
  readonly signal: AbortSignal
  /** Who runs npm and what it brings, so that root, who installs, does not. Left out, whoever installs. */
  readonly as?: UnixUser
}

const MINUTES_MS = 60_000
const PROGRESS_EVERY_MS = 5_000
const SPARE_MB = 350

/**
 * Makes sure a release is installed and returns its program. The first machine that needs it installs it for everybody,
 * in a folder beside the final one that is renamed when it is complete; the others wait. @throws InstallFailed
 */
export async function ensureInstalled(install: Install): Promise<string> {
  const { cacheDir, version, onProgress, signal } = install
  const program = openclawProgram(cacheDir, version)
  if (await exists(program)) return program
  if (!isSupported(version))
    throw new InstallFailed(`OpenClaw ${version} is not supported; set openclawVersion to ${OPENCLAW_MINIMUM} or newer`)
  onProgress(`installing OpenClaw ${version} (about ${OPENCLAW_INSTALL_MB} MB)`)
  await mkdir(cacheDir, { recursive: true })
  const waiting = (): void => onProgress(`waiting for another agent to install OpenClaw ${version}`)
  await withLock(join(cacheDir, `${version}.lock`), { onWait: waiting, signal }, async () => {
    if (!(await exists(program))) await installAside(install)
  })
  return program
}

async function installAside(install: Install): Promise<void> {
  const { cacheDir, version, as } = install
  await refuseFullDisk(cacheDir)
  const aside = join(cacheDir, `${version}.${randomUUID()}.partial`)
  try {
    await mkdir(aside, { recursive: true })
    await writeFile(join(aside, 'package.json'), '{ "private": true }\n')
    if (as === undefined) await fill(aside, install)
    else await fillAs(as, aside, install)
    await rename(aside, join(cacheDir, version))
  } catch (error) {
    await rm(aside, { recursive: true, force: true })
    // A lock that was broken by mistake costs a second download, not the agent.
    if (!(await exists(openclawProgram(cacheDir, version)))) throw error
  }
}

async function fill(folder: string, install: Install): Promise<void> {
  const { cacheDir, version } = install
  await telling(progressIn(folder, install), () => runNpm(folder, install))
  const program = openclawProgram(cacheDir, basename(folder))
  if (!(await exists(program)))
    throw new InstallFailed(`npm reported success but OpenClaw ${version} is not in ${folder}`)
  await finish(program, folder, install)
}

async function fillAs(user: UnixUser, folder: string, install: Install): Promise<void> {
  await give(folder, user)
  try {
    await fill(folder, install)
  } finally {
    await takeBack(folder, user)
  }
}

async function refuseFullDisk(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const freeMb = Math.floor((bavail * bsize) / 1e6)
  const neededMb = OPENCLAW_INSTALL_MB + SPARE_MB
  if (freeMb >= neededMb) return
  throw new InstallFailed(
    `OpenClaw needs ${neededMb} MB of disk and ${folder} has ${freeMb} MB left; free some space and retry the agent`,
  )
}

const progressIn = (folder: string, { version, onProgress }: Install): Telling => ({
  everyMs: PROGRESS_EVERY_MS,
  measure: async () =>
    `installing OpenClaw ${version} (about ${OPENCLAW_INSTALL_MB} MB), ${await megabytesIn(folder)} MB so far`,
  tell: onProgress,
})

/** Runs npm with this very Node first on the path: OpenClaw's own install script refuses an older one. */
async function runNpm(folder: string, { version, signal, as }: Install): Promise<void> {
  const path = [dirname(process.execPath), process.env['PATH']].filter(Boolean).join(delimiter)
  const npm = process.env['npm_execpath']
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  const args = [
    'install',
    `openclaw@${version}`,
    '--omit=dev',
    // Hundreds of packages come along; none of them needs to run anything to be installed.
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    // What is told of a failure is the end of what npm said: there the news of a newer npm would stand.
    '--no-update-notifier',
    '--loglevel=error',
  ]
  const home = as === undefined ? {} : { HOME: folder }
  const options = { cwd: folder, env: { ...process.env, PATH: path, ...home }, signal, ...as }
  const { code, said } = await toItsEnd(command, [...first, ...args, '--prefix', folder], options)
  if (code !== 0) throw new InstallFailed(npmFailed(version, code, said))
}

/**
 * Runs what was installed once, where that may still be written to: installed without its scripts, OpenClaw does what is
 * left to do when it first runs, and on an agent's machine whoever runs it may only read it.
 */
async function finish(program: string, folder: string, { version, signal, as }: Install): Promise<void> {
  const options = { cwd: folder, env: { PATH: process.env['PATH'], HOME: folder }, signal, ...as }
  const { code, said } = await toItsEnd(process.execPath, [program, '--version'], options)
  if (code !== 0)
    throw new InstallFailed(`OpenClaw ${version} was installed and does not start: ${lastLines(said)}. Retry the agent`)
}

type Surroundings = Partial<UnixUser> & {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/** Runs a program; its exit code, and the end of what it said. */
function toItsEnd(
  command: string,
  args: readonly string[],
  surroundings: Surroundings,
): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn(command, args, {
    ...surroundings,
    timeout: 15 * MINUTES_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const listen = (chunk: Buffer): void => {
    said = `${said}${chunk.toString()}`.slice(-4_000)
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new InstallFailed(unableToRun(cause), { cause })))
    child.once('close', (code) => resolve({ code, said }))
  })
}

const lastLines = (said: string): string => redact(said).trim().split('\n').slice(-6).join(' / ')

const unableToRun = (cause: Error): string =>
  `npm could not be run to install OpenClaw (${cause.message}); install Node.js with npm and retry the agent`

const npmFailed = (version: string, code: number | null, said: string): string =>
  `npm could not install OpenClaw ${version} (exit code ${code ?? 'none'}): ${lastLines(said)}. Retry the agent when that is fixed`
