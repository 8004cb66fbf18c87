import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { JSONWebKeySet } from 'jose'
import { HeartbeatBody } from '../../shared/documents/heartbeat.ts'
import { run } from './boot-rootfs.ts'
import type { Heard, Logged, Told } from './boot-world.ts'

/** A heartbeat that reached its address. */
export type Beat = { readonly body: HeartbeatBody; readonly token: string }

/** What a machine finds around it: a network of its own with Google's services standing in. */
export type Surroundings = {
  readonly networkPath: string
  /** The file of the certificate that the stand-ins show. */
  readonly certificate: string
  readonly heartbeatUrl: string
  /** Keys that identity tokens are verified with. */
  readonly jwks: JSONWebKeySet
  readonly beats: Beat[]
  /** What Cloud Logging was asked to write. */
  readonly logged: Logged[]
  tell(told: Told): void
  close(): Promise<void>
}

const PORT = 8443

/** Opens a network where only the metadata server, Secret Manager, Cloud Logging and the heartbeats' address can be reached. */
export async function startWorld(folder: string): Promise<Surroundings> {
  const network = `ap-boot-${randomBytes(4).toString('hex')}`
  await openNetwork(network)
  const tls = await selfSigned(join(folder, 'tls'))
  const program = new URL('boot-world.ts', import.meta.url).pathname
  const command = ['netns', 'exec', network, process.execPath, program, tls, String(PORT)]
  const world = spawn('ip', command, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const beats: Beat[] = []
  const logged: Logged[] = []
  const jwks = await new Promise<JSONWebKeySet>((resolve, reject) => {
    world.once('exit', (code) => reject(new Error(`the surroundings ended with ${code}`)))
    world.on('message', (heard: Heard) => {
      if ('ready' in heard) resolve(heard.ready.jwks as JSONWebKeySet)
      else if ('logged' in heard) logged.push(heard.logged)
      else beats.push({ body: HeartbeatBody.parse(heard.heartbeat.body), token: heard.heartbeat.token })
    })
  })
  return {
    networkPath: `/run/netns/${network}`,
    certificate: join(tls, 'ca.pem'),
    heartbeatUrl: `https://127.0.0.1:${PORT}/heartbeat`,
    jwks,
    beats,
    logged,
    tell: (told) => void world.send(told),
    close: async () => {
      const ended = new Promise((resolve) => world.once('exit', resolve))
      world.disconnect()
      await ended
      await run('ip', 'netns', 'delete', network)
    },
  }
}

/** The machine has an address of its own, from which it reaches the metadata server's. */
async function openNetwork(name: string): Promise<void> {
  const ip = (...args: readonly string[]): Promise<string> => run('ip', '-netns', name, ...args)
  await run('ip', 'netns', 'add', name)
  await ip('link', 'set', 'lo', 'up')
  for (const address of ['10.128.0.2/32', '169.254.169.254/32']) await ip('address', 'add', address, 'dev', 'lo')
  await ip('route', 'replace', 'local', '169.254.169.254', 'dev', 'lo', 'table', 'local', 'src', '10.128.0.2')
}

async function selfSigned(folder: string): Promise<string> {
  await mkdir(folder)
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'ca.pem')]
  const names = ['-subj', '/CN=stand-in', '-addext', 'subjectAltName=IP:127.0.0.1']
  await run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...files, ...names)
  return folder
}
