import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { JSONWebKeySet } from 'jose'
import { HeartbeatBody } from '../../shared/documents/heartbeat.ts'
import { exists } from '../../shared/process/files.ts'
import { run } from './boot-run.ts'
import type { Heard, Logged, Told } from './boot-world.ts'

/** A heartbeat that reached its address. */
export type Beat = { readonly body: HeartbeatBody; readonly token: string }

/** What a machine finds around it: a network of its own with Google's services standing in. */
export type Surroundings = {
  readonly networkPath: string
  /** The file of the certificate that the stand-ins show. */
  readonly certificate: string
  readonly heartbeatUrl: string
  /** The metadata server's, as they stand in a URL. */
  readonly metadataAddresses: readonly string[]
  /** Keys that identity tokens are verified with. */
  readonly jwks: JSONWebKeySet
  readonly beats: Beat[]
  /** What Cloud Logging was asked to write. */
  readonly logged: Logged[]
  /** Paths of what was downloaded. */
  readonly downloaded: string[]
  tell(told: Told): void
  close(): Promise<void>
}

const PORT = 8443

/**
 * Opens a network where only the metadata server, Secret Manager, Cloud Logging, the heartbeats' address and what
 * `downloads` holds can be reached.
 */
export async function startWorld(folder: string, downloads: string): Promise<Surroundings> {
  const network = `ap-boot-${randomBytes(4).toString('hex')}`
  const hasIpv6 = await exists('/proc/net/if_inet6')
  await openNetwork(network, hasIpv6)
  const tls = await selfSigned(join(folder, 'tls'))
  const program = new URL('boot-world.ts', import.meta.url).pathname
  const command = [
    'netns',
    'exec',
    network,
    process.execPath,
    program,
    tls,
    String(PORT),
    downloads,
    ...(hasIpv6 ? ['fd20:ce::254'] : []),
  ]
  const world = spawn('ip', command, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const beats: Beat[] = []
  const logged: Logged[] = []
  const downloaded: string[] = []
  const jwks = await new Promise<JSONWebKeySet>((resolve, reject) => {
    world.once('exit', (code) => reject(new Error(`the surroundings ended with ${code}`)))
    world.on('message', (heard: Heard) => {
      if ('ready' in heard) resolve(heard.ready.jwks as JSONWebKeySet)
      else if ('logged' in heard) logged.push(heard.logged)
      else if ('downloaded' in heard) downloaded.push(heard.downloaded)
      else beats.push({ body: HeartbeatBody.parse(heard.heartbeat.body), token: heard.heartbeat.token })
    })
  })
  return {
    networkPath: `/run/netns/${network}`,
    certificate: join(tls, 'ca.pem'),
    heartbeatUrl: `https://127.0.0.1:${PORT}/heartbeat`,
    metadataAddresses: ['169.254.169.254', ...(hasIpv6 ? ['[fd20:ce::254]'] : [])],
    jwks,
    beats,
    logged,
    downloaded,
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
async function openNetwork(name: string, hasIpv6: boolean): Promise<void> {
  const ip = (...args: readonly string[]): Promise<string> => run('ip', '-netns', name, ...args)
  await run('ip', 'netns', 'add', name)
  await ip('link', 'set', 'lo', 'up')
  for (const address of ['10.128.0.2/32', '169.254.169.254/32']) await ip('address', 'add', address, 'dev', 'lo')
  await ip('route', 'replace', 'local', '169.254.169.254', 'dev', 'lo', 'table', 'local', 'src', '10.128.0.2')
  if (!hasIpv6) return
  for (const address of ['fd20::2/128', 'fd20:ce::254/128']) await ip('address', 'add', address, 'dev', 'lo')
  const route = ['local', 'fd20:ce::254', 'dev', 'lo', 'table', 'local']
  await ip('-6', 'route', 'delete', ...route)
  await ip('-6', 'route', 'add', ...route, 'src', 'fd20::2')
}

async function selfSigned(folder: string): Promise<string> {
  await mkdir(folder)
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'ca.pem')]
  const names = ['-subj', '/CN=stand-in', '-addext', 'subjectAltName=IP:127.0.0.1']
  await run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...files, ...names)
  return folder
}
