import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { appendFile, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../shared/process/until.ts'
import { debianArchive, run } from './boot-rootfs.ts'
import { startWorld } from './boot-surroundings.ts'
import type { Surroundings } from './boot-surroundings.ts'

/** The release of OpenClaw and of Node.js that stand in the image. */
const OPENCLAW = '2026.9.6'
const NODE = 'v24.21.0'

/** A machine that was booted, and what is around it. */
export type Booted = Surroundings & {
  /** The folder that holds the machine's own root. */
  readonly root: string
  /** Runs a command on the machine, as a Unix user of it; rejects when it fails. */
  readonly on: (user: string, command: string) => Promise<string>
  /** Everything the machine printed to its console, and its journal. */
  readonly said: () => Promise<string>
  readonly boot: () => Promise<void>
  /** Takes the power away. */
  readonly halt: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Makes a machine from an image where everything is installed, with an empty data disk. It is not booted yet. */
export async function makeMachine(): Promise<Booted> {
  const archive = await debianArchive()
  const folder = await mkdtemp(join(tmpdir(), 'ap-boot-'))
  const root = join(folder, 'root')
  await mkdir(root)
  await run('mount', '-t', 'tmpfs', '-o', 'size=2g,mode=755', 'tmpfs', root)
  await run('tar', '-xf', archive, '-C', root)
  const disk = await attachDisk(folder)
  const world = await startWorld(folder)
  await bake(root, world.certificate, disk)
  const consoleFile = join(folder, 'console.log')
  await writeFile(consoleFile, '')
  let container: ChildProcess | undefined

  const halt = async (): Promise<void> => {
    if (container === undefined) return
    const ended = new Promise((resolve) => container?.once('exit', resolve))
    const pid = await initOf(container)
    if (pid === undefined) container.kill('SIGKILL')
    else process.kill(pid, 'SIGKILL')
    await ended
    container = undefined
  }
  const on = async (user: string, command: string): Promise<string> => {
    const pid = container && (await initOf(container))
    if (pid === undefined) throw new Error('the machine does not run')
    return run('nsenter', '--all', '--target', String(pid), 'runuser', '-u', user, '--', 'bash', '-c', command)
  }
  return {
    ...world,
    root,
    on,
    halt,
    boot: async () => {
      container = startContainer(root, world.networkPath, disk)
      container.stdout?.on('data', (chunk: Buffer) => void appendFile(consoleFile, chunk))
      const { pid } = container
      const booted = await until(async () => pid !== undefined && (await isUp(on)), { withinMs: 60_000, everyMs: 250 })
      if (!booted) throw new Error(`the machine did not boot: ${(await readFile(consoleFile, 'utf8')).slice(-2_000)}`)
    },
    said: async () =>
      `${await readFile(consoleFile, 'utf8')}\n${await on('root', 'journalctl --no-pager --output=cat')}`,
    close: async () => {
      await halt()
      await world.close()
      await run('umount', root)
      await run('losetup', '--detach', disk)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The machine's first process, as its surroundings number it. */
async function initOf({ pid }: ChildProcess): Promise<number | undefined> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const first = Number(children.trim().split(' ')[0])
  return first > 0 ? first : undefined
}

const isUp = (on: Booted['on']): Promise<boolean> =>
  on('root', 'systemctl is-active google-startup-scripts.service || true').then(
    (state) => ['active', 'failed'].includes(state.trim()),
    () => false,
  )

function startContainer(root: string, networkPath: string, disk: string): ChildProcess {
  const options = [
    '--quiet',
    '--boot',
    '--register=no',
    '--keep-unit',
    '--console=read-only',
    '--machine=ap-boot',
    `--directory=${root}`,
    `--network-namespace-path=${networkPath}`,
    '--capability=CAP_NET_ADMIN',
    `--bind=${disk}`,
    `--bind-ro=${process.execPath}:/opt/agents-plane/node-${NODE}/bin/node`,
  ]
  // A test run that is cut short takes its machine with it.
  const command = ['--pdeathsig', 'TERM', 'systemd-nspawn', ...options]
  return spawn('setpriv', command, { stdio: ['ignore', 'pipe', 'ignore'] })
}

/** A disk with nothing on it, under the name that Google gives one called ap-data. */
async function attachDisk(folder: string): Promise<string> {
  const image = join(folder, 'data.img')
  await run('truncate', '--size=64M', image)
  return (await run('losetup', '--find', '--show', image)).trim()
}

/** Puts in place what the baked image has, and where the stand-ins are found. */
async function bake(root: string, certificate: string, disk: string): Promise<void> {
  const node = join(root, 'opt/agents-plane', `node-${NODE}`, 'bin')
  const openclaw = join(root, 'opt/agents-plane/openclaw', OPENCLAW, 'node_modules/openclaw')
  for (const path of [node, openclaw, join(root, 'etc/agents-plane'), join(root, 'var/log/journal')])
    await mkdir(path, { recursive: true })
  await writeFile(join(node, 'node'), '', { mode: 0o755 })
  await copyFile(new URL('fake-openclaw.mjs', import.meta.url), join(openclaw, 'openclaw.mjs'))
  await copyFile(certificate, join(root, 'etc/agents-plane/stand-in.pem'))
  await writeFile(
    join(root, 'etc/agents-plane/sources.env'),
    'NODE_EXTRA_CA_CERTS=/etc/agents-plane/stand-in.pem\nAP_SECRET_MANAGER_URL=https://127.0.0.1:8443\n',
  )
  await writeFile(join(root, 'etc/tmpfiles.d/disk.conf'), `L /dev/disk/by-id/google-ap-data - - - - ${disk}\n`)
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost vm\n')
  await writeFile(join(root, 'etc/machine-id'), '')
}
