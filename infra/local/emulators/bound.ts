import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** What an emulator says once it listens on a port, and what the JVM says when somebody else does. */
const LISTENS = (port: number): RegExp => new RegExp(`(?:API endpoint: http://\\S+:|listening on )${port}\\b`)
const TAKEN = 'Address already in use'

/** Whether this log tells that somebody else took the port. */
export const isTaken = async (logFile: string): Promise<boolean> => (await textOf(logFile)).includes(TAKEN)

/**
 * Waits until an emulator's own log tells whether it got its port: an answer from the port may be somebody else's.
 * True when it did. Rejects on abort.
 */
export async function bound(logFile: string, port: number, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    const text = await textOf(logFile)
    if (LISTENS(port).test(text)) return true
    if (text.includes(TAKEN)) return false
    await delay(25, undefined, { signal })
  }
}

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')
