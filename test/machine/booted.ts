import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { readText } from '../../shared/process/files.ts'
import { until } from '../../shared/process/until.ts'
import { debianArchive, run } from './boot-rootfs.ts'
import { startWorld } from './boot-surroundings.ts'
import type { Surroundings } from './boot-surroundings.ts'

/** The release of OpenClaw and of Node.js that stand in the image. */
const OPENCLAW = '2026.9.6'
const NODE = 'v24.21.0'
const BOOT_MS = 60_000

/** A machine that was booted, and what is around it. */
export type Booted = Surroundings & {
  /** Runs a command on the machine, as a Unix user of it; rejects when it fails. */
  readonly on: (user: string, command: string) => Promise<string>
  /** Everything the machine printed to its console, and its journal. */
  readonly said: () => Promise<string>
  readonly boot: () => Promise<void>
  /** Waits until the machine has switched itself off. */
  readonly off: () => Promise<void>
  /** A file of a machine that is off. */
  readonly fileIn: (path: string) => Promise<string | undefined>
  /** Takes the power away. */
  readonly halt: () => Promise<void>
  readonly close: () => Promise<void>
}

/** The kernel or its rules do not let a Debian boot in a container. */
export class CannotBoot extends Error {
  override readonly name = 'CannotBoot'
}

/**
 * Makes a machine from an image where everything is installed, with an empty data disk. It is not booted yet.
 * @param release the folder of an installed OpenClaw; left out, a fake one that starts in a moment
 */
export async function makeMachine(release?: string): Promise<Booted> {
  await using making = new AsyncDisposableStack()
  const archive = await debianArchive()
  const folder = await mkdtemp(join(tmpdir(), 'ap-boot-'))
  making.defer(() => rm(folder, { recursive: true, force: true }))
  const root = join(folder, 'root')
  await mkdir(root)
  await run('mount', '-t', 'tmpfs', '-o', 'size=4g,mode=755', 'tmpfs', root)
  making.defer(async () => void (await run('umount', root)))
  await run('tar', '-xf', archive, '-C', root)
  const disk = await attachDisk(folder)
  making.defer(async () => void (await run('losetup', '--detach', disk)))
  const world = await startWorld(folder)
  making.defer(() => world.close())
  await bake(root, world.certificate, disk)
  await (release === undefined ? installFake(root) : installReal(root, release))
  const power = powerOf(() => startContainer(root, world.networkPath, disk), join(folder, 'console.log'))
  making.defer(() => power.halt())
  const made = making.move()
  const fileIn = (path: string): Promise<string | undefined> => readText(join(root, path))
  return { ...world, ...power, fileIn, close: () => made.disposeAsync() }
}

/** Switches a machine on and off, and works on it while it is on. */
function powerOf(
  start: () => ChildProcess,
  consoleFile: string,
): Pick<Booted, 'on' | 'said' | 'boot' | 'off' | 'halt'> {
  let container: ChildProcess | undefined
  const on = async (user: string, command: string): Promise<string> => {
    const pid = container && (await initOf(container))
    if (pid === undefined) throw new Error('the machine does not run')
    return run('nsenter', '--all', '--target', String(pid), 'runuser', '-u', user, '--', 'bash', '-c', command)
  }
  const printed = (): Promise<string> => readFile(consoleFile, 'utf8').catch(() => '')
  const state = (): Promise<string> =>
    on('root', 'systemctl is-active google-startup-scripts.service || true').catch(() => '')
  const isUp = async (): Promise<boolean> => (await state()) !== ''
  const isDone = async (): Promise<boolean> => ['active', 'failed'].includes((await state()).trim())
  return {
    on,
    said: async () => `${await printed()}\n${await on('root', 'journalctl --no-pager --output=cat')}`,
    boot: async () => {
      container = start()
      container.stdout?.on('data', (chunk: Buffer) => void appendFile(consoleFile, chunk))
      if (!(await until(isUp, { withinMs: BOOT_MS, everyMs: 100 })))
        throw new CannotBoot(`a kernel that lets Debian boot in a container (${(await printed()).slice(-500)})`)
      if (!(await until(isDone, { withinMs: BOOT_MS, everyMs: 100 })))
        throw new Error(`the startup script does not end: ${(await printed()).slice(-2_000)}`)
    },
    off: async () => {
      const isOff = async (): Promise<boolean> => container === undefined || container.exitCode !== null
      if (!(await until(isOff, { withinMs: BOOT_MS }))) throw new Error('the machine is still on')
      container = undefined
    },
    halt: async () => {
      if (container === undefined) return
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
    `--bind-ro=${process.execPath}:/opt/agents-plane/node-${NODE}/bin/node`,
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

/** Puts in place what the baked image has, and where the stand-ins are found. */
async function bake(root: string, certificate: string, disk: string): Promise<void> {
  const node = join(root, 'opt/agents-plane', `node-${NODE}`, 'bin')
  for (const path of [node, join(root, 'etc/agents-plane'), join(root, 'var/log/journal')])
    await mkdir(path, { recursive: true })
  await writeFile(join(node, 'node'), '', { mode: 0o755 })
  await copyFile(certificate, join(root, 'etc/agents-plane/stand-in.pem'))
  await writeFile(
    join(root, 'etc/agents-plane/sources.env'),
    [
      'NODE_EXTRA_CA_CERTS=/etc/agents-plane/stand-in.pem',
      'AP_SECRET_MANAGER_URL=https://127.0.0.1:8443',
      'AP_LOGGING_URL=https://127.0.0.1:8443\n',
    ].join('\n'),
  )
  await writeFile(join(root, 'etc/tmpfiles.d/disk.conf'), `L /dev/disk/by-id/google-ap-data - - - - ${disk}\n`)
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost vm\n')
  await writeFile(join(root, 'etc/machine-id'), '')
}

const releaseIn = (root: string): string => join(root, 'opt/agents-plane/openclaw', OPENCLAW)

async function installFake(root: string): Promise<void> {
  const folder = join(releaseIn(root), 'node_modules/openclaw')
  await mkdir(folder, { recursive: true })
  await copyFile(new URL('fake-openclaw.mjs', import.meta.url), join(folder, 'openclaw.mjs'))
}

/** What was installed for one Unix user alone is there for all users of the machine. */
async function installReal(root: string, release: string): Promise<void> {
  await mkdir(join(root, 'opt/agents-plane/openclaw'), { recursive: true })
  await run('cp', '--recursive', release, releaseIn(root))
  await run('chmod', '--recursive', 'u=rwX,go=rX', releaseIn(root))
}
