import { createHash } from 'node:crypto'
import { connect, createServer } from 'node:net'

/** Base ports lie this far apart: a gateway derives more ports from its own, up to 110 above it. */
const PORT_STRIDE = 120

/** Below the range that operating systems hand out by themselves. */
const FIRST_PORT = 19_320

/** How many of them there are. */
export const SLOTS = 110

/** Whether somebody listens on a loopback port. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const done = (listening: boolean) => {
      socket.destroy()
      resolve(listening)
    }
    socket.setTimeout(2_000, () => done(true))
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
  })
}

/** Whether a loopback port can be listened on now. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)))
  })
}

/** Where among the base ports the search for an agent's own begins, from 0 to `SLOTS`. */
export const firstSlot = (uid: string): number => createHash('sha256').update(uid).digest().readUInt16BE() % SLOTS

/** A free base port; the search begins at a place of the agent's own. Undefined when all are taken. */
export async function findBasePort(uid: string, isTaken: (port: number) => boolean): Promise<number | undefined> {
  const first = firstSlot(uid)
  for (let step = 0; step < SLOTS; step += 1) {
    const port = FIRST_PORT + ((first + step) % SLOTS) * PORT_STRIDE
    // Asked again after the wait: another search may have ended meanwhile.
    if (!isTaken(port) && (await isFree(port)) && !isTaken(port)) return port
  }
  return undefined
}
