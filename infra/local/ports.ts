import { createServer } from 'node:net'
import { StartError } from './start-error.ts'

/** How many ports are tried before giving up. */
const TRIES = 200

/** The first port from `from` on that nobody listens on, on 127.0.0.1, nor is going to. @throws StartError when none is free */
export async function freePort(from: number, given: readonly number[] = []): Promise<number> {
  for (let port = from; port < Math.min(from + TRIES, 65_536); port += 1)
    if (!given.includes(port) && (await isFree(port))) return port
  throw new StartError(
    `No port from ${from} to ${from + TRIES - 1} is free on 127.0.0.1; end a program, or pass --port.`,
  )
}

/** What listens on the first port from `from` on that it gets: one that was free may be somebody else's a moment later. */
export async function onFreePort<T>(from: number, listen: (port: number) => Promise<T>): Promise<T> {
  const port = await freePort(from)
  try {
    return await listen(port)
  } catch (error) {
    if (Object(error).code !== 'EADDRINUSE') throw error
    return onFreePort(port + 1, listen)
  }
}

/** Whether a server could listen on this port of 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
