import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, constants, mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Runs a program to its end, within three minutes. @throws with what it printed */
export const run = async (program: string, ...args: readonly string[]): Promise<string> =>
  (await execute(program, args, { timeout: 180_000, maxBuffer: 16 * 1024 * 1024 })).stdout

/** What an image of Debian 12 on Google Cloud has, as far as it matters here. */
const PACKAGES = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'google-guest-agent',
  'nftables',
  'sudo',
  'ca-certificates',
  'curl',
  'git',
  'e2fsprogs',
  'xz-utils',
  'libstdc++6',
]
const SUITE = 'bookworm'

/** Programs that a boot takes, by the Debian package that has them. */
const TOOLS: Readonly<Record<string, string>> = {
  'systemd-nspawn': 'systemd-container',
  mmdebstrap: 'mmdebstrap',
  ip: 'iproute2',
  nsenter: 'util-linux',
  losetup: 'mount',
  openssl: 'openssl',
}

/** Why no machine can be booted here; undefined when one can. Installs what it may install. */
export async function whyNoBoot(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'root on Linux'
  const missing = await missingTools()
  if (missing.length > 0) await installTools(missing).catch(() => undefined)
  const [lacking] = await missingTools()
  if (lacking !== undefined) return `the program ${lacking}`
  const loop = await run('losetup', '--find').catch(() => undefined)
  if (loop === undefined) return 'a loop device'
  return debianArchive().then(
    () => undefined,
    (error: unknown) => `a Debian to boot (${String(error).slice(-300)})`,
  )
}

async function missingTools(): Promise<readonly string[]> {
  const found = Object.keys(TOOLS).map(async (name) => ({ name, is: await isProgram(name) }))
  return (await Promise.all(found)).filter(({ is }) => !is).map(({ name }) => name)
}

async function isProgram(name: string): Promise<boolean> {
  const folders = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`.split(':')
  const looks = folders.map((folder) => access(join(folder, name), constants.X_OK).then(() => true))
  return Promise.any(looks).catch(() => false)
}

async function installTools(tools: readonly string[]): Promise<void> {
  const packages = tools.map((name) => TOOLS[name] ?? name)
  await run('apt-get', 'update', '-qq')
  await run('apt-get', 'install', '-qq', '-y', '--no-install-recommends', ...packages)
}

/** A minimal Debian with Google's guest agent, as an archive; made once and kept. */
export async function debianArchive(): Promise<string> {
  const folder = join(homedir(), '.cache', 'agents-plane', 'boot')
  const key = createHash('sha256')
    .update([SUITE, ...PACKAGES].join(' '))
    .digest('hex')
    .slice(0, 16)
  const archive = join(folder, `${SUITE}-${key}.tar`)
  if (
    await access(archive).then(
      () => true,
      () => false,
    )
  )
    return archive
  await mkdir(folder, { recursive: true })
  const partial = `${archive}.${process.pid}.tar`
  try {
    const include = `--include=${PACKAGES.join(',')}`
    await run(
      'env',
      'TMPDIR=/dev/shm',
      'mmdebstrap',
      '--quiet',
      '--variant=minbase',
      '--dpkgopt=force-unsafe-io',
      include,
      SUITE,
      partial,
    )
    await rename(partial, archive)
  } finally {
    await rm(partial, { force: true })
  }
  return archive
}
