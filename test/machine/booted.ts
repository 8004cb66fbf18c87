import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { readText } from '../../shared/process/files.ts'
import { until } from '../../shared/process/until.ts'
import { PATIENCE_MS } from '../fakes/patience.ts'
import { DOWNLOADS, layOutDownloads } from './boot-downloads.ts'
import { stockDebian } from './boot-rootfs.ts'
import { run } from './boot-run.ts'
import { startWorld } from './boot-surroundings.ts'
import type { Surroundings } from './boot-surroundings.ts'

const OPENCLAW = '2026.9.6'
/** On a stock Debian the startup script installs everything. */
export const SETUP_MS = 300_000

/** A machine that was booted, and what is around it. */
export type Booted = Surroundings & {
  /** Runs a command on the machine, as a Unix user of it; rejects when it fails. */
  readonly on: (user: string, command: string) => Promise<string>
  /** Everything the machine printed to its console, which is the serial port of a real one. */
  readonly printed: () => Promise<string>
  /** What it printed there, and its journal. */
  readonly said: () => Promise<string>
  /** Switches the machine on. */
  readonly start: () => Promise<void>
  /** Switches the machine on and waits for the end of the startup script. */
  readonly boot: () => Promise<void>
  /** Waits until the machine has switched itself off. */
  readonly off: () => Promise<void>
  /** A file of a machine that is off. */
  readonly fileIn: (path: string) => Promise<string | undefined>
  /** Takes the power away. */
  readonly halt: () => Promise<void>
  /** The checksum of the Node.js that is served. */
  readonly nodeSha256: string
  readonly close: () => Promise<void>
}

/** The kernel or its rules do not let a Debian boot in a container. */
export class CannotBoot extends Error {
  override readonly name = 'CannotBoot'
}

/**
 * Makes a machine of a stock Debian, with an empty data disk. It is not booted yet.
 * @param release the folder of an installed OpenClaw, to be there already; left out, the machine downloads a fake one
 */
export async function makeMachine(release?: string): Promise<Booted> {
  await using making = new AsyncDisposableStack()
  const stock = await stockDebian()
  const folder = await mkdtemp(join(tmpdir(), 'ap-boot-'))
  making.defer(() => rm(folder, { recursive: true, force: true }))
  const root = join(folder, 'root')
  await mkdir(root)
  await run('mount', '-t', 'tmpfs', '-o', 'size=4g,mode=755', 'tmpfs', root)
  making.defer(async () => void (await run('umount', root)))
  await run('tar', '-xf', join(stock, 'root.tar'), '-C', root)
  const disk = await attachDisk(folder)
  making.defer(async () => void (await run('losetup', '--detach', disk)))
  const downloads = join(folder, 'downloads')
  const nodeSha256 = await layOutDownloads(downloads, stock)
  const world = await startWorld(folder, downloads)
  making.defer(() => world.close())
  await furnish(root, world.certificate, disk)
  if (release !== undefined) await installReal(root, release)
  const power = powerOf(() => startContainer(root, world.networkPath, disk), join(folder, 'console.log'))
  making.defer(() => power.halt())
  const made = making.move()
  const fileIn = (path: string): Promise<string | undefined> => readText(join(root, path))
  return { ...world, ...power, fileIn, nodeSha256, close: () => made.disposeAsync() }
}

/** Switches a machine on and off, and works on it while it is on. */
function powerOf(
  start: () => ChildProcess,
  consoleFile: string,
): Pick<Booted, 'on' | 'printed' | 'said' | 'start' | 'boot' | 'off' | 'halt'> {
  let container: ChildProcess | undefined
  const on = async (user: string, command: string): Promise<string> => {
    const pid = container && (await initOf(container))
    if (pid === undefined) throw new Error('the machine does not run')
    return run('nsenter', '--all', '--target', String(pid), 'runuser', '-u', user, '--', 'bash', '-c', command)
  }
  const printed = (): Promise<string> => readFile(consoleFile, 'utf8').catch(() => '')
  const state = (wait = ''): Promise<string> =>
    on('root', `systemctl is-system-running ${wait} || true`).catch(() => '')
  const isUp = async (): Promise<boolean> => (await state()) !== ''
  const said = async (): Promise<string> =>
    `${await printed()}\n${await on('root', 'journalctl --no-pager --output=cat')}`
  // The startup script is a part of booting.
  const isDone = async (): Promise<boolean> => ['running', 'degraded'].includes((await state('--wait')).trim())
  const switchOn = async (): Promise<void> => {
    container = start()
    container.stdout?.pipe(createWriteStream(consoleFile, { flags: 'a' }))
    if (!(await until(isUp, { withinMs: PATIENCE_MS, everyMs: 100 })))
      throw new CannotBoot(`a kernel that lets Debian boot in a container (${(await printed()).slice(-500)})`)
  }
  return {
    on,
    printed,
    said,
    start: switchOn,
    boot: async () => {
      await switchOn()
      if (!(await until(isDone, { withinMs: SETUP_MS, everyMs: 100 })))
        throw new Error(`the startup script does not end: ${(await said()).slice(-2_000)}`)
    },
    off: async () => {
      const isOff = async (): Promise<boolean> => container === undefined || container.exitCode !== null
      if (!(await until(isOff, { withinMs: SETUP_MS })))
        throw new Error(`the machine is still on: ${(await said()).slice(-2_000)}`)
      container = undefined
    },
    halt: async () => {
      if (container === undefined || container.exitCode !== null || container.signalCode !== null) return
      const ended = once(container, 'exit')
      const pid = await initOf(container)
      if (pid === undefined) container.kill('SIGKILL')
      else process.kill(pid, 'SIGKILL')
      await ended
      container = undefined
    },
  }
}

/** The machine's first process, as its surroundings number it. */
async function initOf({ pid }: ChildProcess): Promise<number | undefined> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const first = Number(children.trim().split(' ')[0])
  return first > 0 ? first : undefined
}

function startContainer(root: string, networkPath: string, disk: string): ChildProcess {
  const options = [
    '--quiet',
    '--boot',
    '--register=no',
    '--keep-unit',
    '--console=read-only',
    '--hostname=vm',
    `--machine=${basename(networkPath)}`,
    `--directory=${root}`,
    `--network-namespace-path=${networkPath}`,
    '--capability=CAP_NET_ADMIN',
    `--bind=${disk}`,
  ]
  // A test run that is cut short takes its machine with it.
  const [program, ...rest] = ['setpriv', '--pdeathsig', 'TERM', 'systemd-nspawn', ...options]
  return spawn(program, rest, { stdio: ['ignore', 'pipe', 'ignore'] })
}

/** A disk with nothing on it, under the name that Google gives one called ap-data. */
async function attachDisk(folder: string): Promise<string> {
  const image = join(folder, 'data.img')
  await run('truncate', '--size=512M', image)
  return (await run('losetup', '--find', '--show', image)).trim()
}

/** Says where the stand-ins are found, and leaves what a machine has of its own. */
async function furnish(root: string, certificate: string, disk: string): Promise<void> {
  const files: Readonly<Record<string, string>> = {
    'etc/agents-plane/sources.env': [
      'NODE_EXTRA_CA_CERTS=/etc/agents-plane/stand-in.pem',
      'AP_SECRET_MANAGER_URL=https://127.0.0.1:8443',
      'AP_LOGGING_URL=https://127.0.0.1:8443',
      `AP_NODE_MIRROR=${DOWNLOADS.url}/node`,
      `npm_config_registry=${DOWNLOADS.url}/npm/\n`,
    ].join('\n'),
    'etc/agents-plane/stand-in.pem': await readFile(certificate, 'utf8'),
    'etc/apt/sources.list': `deb [trusted=yes] ${DOWNLOADS.url}/debian ./\n`,
    'etc/tmpfiles.d/disk.conf': `L /dev/disk/by-id/google-ap-data - - - - ${disk}\n`,
    'etc/hosts': '127.0.0.1 localhost vm\n',
    'etc/machine-id': '',
    'etc/ssh/ssh_host_ed25519_key': "this machine's own\n",
    'var/lib/systemd/random-seed': "this machine's own\n",
  }
  await mkdir(join(root, 'var/log/journal'), { recursive: true })
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), content)
  }
}

/** What was installed for one Unix user alone is there for all users of the machine. */
async function installReal(root: string, release: string): Promise<void> {
  const installed = join(root, 'opt/agents-plane/openclaw', OPENCLAW)
  await mkdir(dirname(installed), { recursive: true })
  await run('cp', '--recursive', release, installed)
  await run('chmod', '--recursive', 'u=rwX,go=rX', installed)
}
