import { createHash } from 'node:crypto'
import { access, constants, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { withLock } from '../../infra/machine/install-lock.ts'
import { exists } from '../../shared/process/files.ts'
import { NODE, indexPackages, packNode } from './boot-downloads.ts'
import { RUN_LIMIT_MS, run } from './boot-run.ts'

/** What an image of Debian 12 on Google Cloud has, as far as it matters here. */
const PACKAGES = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'google-guest-agent',
  'sudo',
  'ca-certificates',
  'curl',
  'e2fsprogs',
  'xz-utils',
]
const SUITE = 'bookworm'
const UNREAD = ['doc', 'man', 'locale'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`)

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
  await alone('tools', async () => {
    const missing = await missingTools()
    if (missing.length > 0) await installTools(missing).catch(() => undefined)
  })
  const [lacking] = await missingTools()
  if (lacking !== undefined) return `the program ${lacking}`
  const loop = await run('losetup', '--find').catch(() => undefined)
  if (loop === undefined) return 'a loop device'
  return stockDebian().then(
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

const CACHE = join(homedir(), '.cache', 'agents-plane', 'boot')

/** Several files of tests want the same at once: one makes it, the others wait. */
async function alone(name: string, work: () => Promise<void>): Promise<void> {
  await mkdir(CACHE, { recursive: true })
  const signal = AbortSignal.timeout(RUN_LIMIT_MS)
  await withLock(join(CACHE, `${name}.lock`), { onWait: () => undefined, signal }, work)
}

/** What the startup script asks Debian for. */
async function packagesOfScript(): Promise<readonly string[]> {
  const script = await readFile(new URL('../../infra/machine/vm/startup.sh', import.meta.url), 'utf8')
  const list = /packages=\(([^)]+)\)/.exec(script)?.[1] ?? ''
  return [...list.matchAll(/=(\S+)/g)].map(([, name = '']) => name)
}

/** The folder of a stock Debian (`root.tar`) with what it downloads (`debian`, `node`); made once and kept. */
export async function stockDebian(): Promise<string> {
  const wanted = await packagesOfScript()
  const parts = [SUITE, ...PACKAGES, ...UNREAD, ...wanted, NODE, process.version]
  const key = createHash('sha256').update(parts.join(' ')).digest('hex').slice(0, 16)
  const folder = join(CACHE, `${SUITE}-${key}`)
  await alone(`${SUITE}-${key}`, async () => {
    if (await exists(folder)) return
    const partial = `${folder}.partial`
    await rm(partial, { recursive: true, force: true })
    await mkdir(join(partial, 'debian'), { recursive: true })
    await bootstrap(partial, wanted)
    await indexPackages(join(partial, 'debian'))
    await packNode(join(partial, 'node'))
    await rename(partial, folder)
  })
  return folder
}

/** @param wanted packages that are downloaded, together with what they need, and not installed */
async function bootstrap(folder: string, wanted: readonly string[]): Promise<void> {
  const apt = 'APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get -qq'
  const download = `${apt} clean && ${apt} install --yes --no-install-recommends --download-only ${wanted.join(' ')}`
  const options = ['--quiet', '--variant=minbase', '--dpkgopt=force-unsafe-io', ...UNREAD]
  const hooks = [download, `sync-out /var/cache/apt/archives ${folder}/debian`].map(
    (hook) => `--customize-hook=${hook}`,
  )
  const include = `--include=${PACKAGES.join(',')}`
  await run('env', 'TMPDIR=/dev/shm', 'mmdebstrap', ...options, ...hooks, include, SUITE, join(folder, 'root.tar'))
}
