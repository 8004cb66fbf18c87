import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { PATIENCE_MS } from '../fakes/patience.ts'
import type { Packet } from './firewall-evaluator.ts'

const run = promisify(execFile)

/** Hosts behind one router, each in a network namespace of its own, with the addresses it has. */
export type Hosts = {
  /** Sends each packet for real, and says whether it arrived. */
  readonly send: (packets: readonly Packet[]) => Promise<readonly boolean[]>
  readonly load: (ruleset: string) => Promise<void>
  readonly close: () => Promise<void>
}

/** Listens at the addresses and on the ports it is told, says so, and answers every byte with one. */
const LISTENER = `
import { createServer } from 'node:net'
import { createSocket } from 'node:dgram'
const { addresses, ports } = JSON.parse(process.argv[1])
const ready = addresses.flatMap((at) => ports.flatMap((port) => [
  new Promise((done) => createServer((socket) => socket.on('error', () => {}).end('.')).listen(port, at, done)),
  new Promise((done) => {
    const socket = createSocket('udp4')
    socket.on('message', (_, { port: to, address }) => socket.send('.', to, address)).bind(port, at, done)
  }),
]))
await Promise.all(ready)
console.log('ready')
`

/** Sends what it is told, one after the other, and prints whether each was answered. */
const SENDER = `
import { connect } from 'node:net'
import { createSocket } from 'node:dgram'
const within = (target, emitter, event, start) => new Promise((done) => {
  const timer = setTimeout(() => done(false), 30_000)
  const end = (answered) => () => { clearTimeout(timer); done(answered) }
  emitter.once(event, end(true)).on('error', end(false))
  start(end(false))
})
const tcp = ({ from, to, port }) => {
  const socket = connect({ host: to, port, localAddress: from })
  return within(to, socket, 'data', () => {}).finally(() => socket.destroy())
}
const udp = async ({ from, to, port }) => {
  const socket = createSocket('udp4')
  await new Promise((done) => socket.bind(0, from, done))
  await new Promise((done) => socket.connect(port, to, done))
  return within(to, socket, 'message', (failed) => socket.send('.', (error) => error && failed())).finally(() => socket.close())
}
const results = []
for (const each of JSON.parse(process.argv[1])) results.push(await (each.protocol === 'udp' ? udp : tcp)(each))
console.log(JSON.stringify(results))
`

const inside = (namespace: string, ...command: readonly string[]): Promise<{ stdout: string }> =>
  run('ip', ['netns', 'exec', namespace, ...command], { timeout: PATIENCE_MS })

const ip = (...words: readonly string[]): Promise<unknown> => run('ip', words, { timeout: PATIENCE_MS })

/** Makes them; `prefix` is at most nine letters, and nobody else's. */
export async function hosts(
  prefix: string,
  addresses: Readonly<Record<string, readonly string[]>>,
  ports: readonly number[],
): Promise<Hosts> {
  const router = `${prefix}r`
  const names = Object.keys(addresses).map((name) => `${prefix}${name}`)
  const listeners: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    await Promise.all(listeners.map((stop) => stop()))
    await Promise.all([...names, router].map((name) => ip('netns', 'delete', name).catch(() => undefined)))
  }
  const homeOf = (address: string): string =>
    `${prefix}${Object.entries(addresses).find(([, own]) => own.includes(address))?.[0] ?? ''}`
  try {
    await ip('netns', 'add', router)
    await inside(router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
    for (const [name, own] of Object.entries(addresses)) await plugIn(`${prefix}${name}`, router, own)
    for (const [name, own] of Object.entries(addresses))
      listeners.push(await listenIn(`${prefix}${name}`, { addresses: own, ports }))
  } catch (error) {
    await close()
    throw error
  }
  return {
    close,
    load: async (ruleset) => {
      const nft = spawn('ip', ['netns', 'exec', router, 'nft', '-f', '-'], { stdio: ['pipe', 'ignore', 'inherit'] })
      nft.stdin.end(ruleset)
      const [code] = (await once(nft, 'exit')) as [number | null]
      if (code !== 0) throw new Error(`nft did not take the rules:\n${ruleset}`)
    },
    send: (packets) => sendAll(packets, homeOf),
  }
}

/** A host with one cable to the router, over which everything goes, its neighbours too. */
async function plugIn(host: string, router: string, own: readonly string[]): Promise<void> {
  await ip('netns', 'add', host)
  await ip('link', 'add', host, 'netns', router, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host)
  await inside(router, 'ip', 'link', 'set', host, 'up')
  await inside(host, 'ip', 'link', 'set', 'lo', 'up')
  await inside(host, 'ip', 'link', 'set', 'eth0', 'up')
  for (const address of own) await inside(host, 'ip', 'address', 'add', `${address}/32`, 'dev', 'eth0')
  for (const address of own) await inside(router, 'ip', 'route', 'add', `${address}/32`, 'dev', host)
  // Hosts are neighbours of the router only.
  await inside(router, 'ip', 'address', 'add', '169.254.0.1/32', 'dev', host)
  await inside(host, 'ip', 'route', 'add', 'default', 'via', '169.254.0.1', 'dev', 'eth0', 'onlink')
}

async function listenIn(
  host: string,
  told: { readonly addresses: readonly string[]; readonly ports: readonly number[] },
): Promise<() => Promise<void>> {
  const node = [process.execPath, '--input-type=module', '-e', LISTENER, JSON.stringify(told)]
  const child = spawn('ip', ['netns', 'exec', host, ...node], { stdio: ['ignore', 'pipe', 'inherit'] })
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  try {
    await once(child.stdout, 'data', { signal: AbortSignal.timeout(PATIENCE_MS) })
  } catch (error) {
    await stop()
    throw new Error(`nothing listens in ${host}`, { cause: error })
  }
  return stop
}

/** Every host sends its own, all at the same time. */
async function sendAll(packets: readonly Packet[], homeOf: (address: string) => string): Promise<readonly boolean[]> {
  const groups = [...Map.groupBy(packets, ({ from }) => homeOf(from.ip))]
  const arrived = new Map<Packet, boolean>()
  const sendFrom = async ([host, own]: readonly [string, readonly Packet[]]): Promise<void> => {
    const told = own.map(({ from, to, ports, protocol }) => ({ from: from.ip, to: to.ip, port: ports[1], protocol }))
    const node = [process.execPath, '--input-type=module', '-e', SENDER, JSON.stringify(told)]
    const { stdout } = await inside(host, ...node)
    const results = JSON.parse(stdout) as readonly boolean[]
    for (const [index, packet] of own.entries()) arrived.set(packet, results[index] === true)
  }
  await Promise.all(groups.map(sendFrom))
  return packets.map((packet) => arrived.get(packet) === true)
}
