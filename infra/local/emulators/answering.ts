import { setTimeout as delay } from 'node:timers/promises'

/** Resolves once something on this port of 127.0.0.1 answers HTTP. Rejects when it has not within `withinMs`, or on abort. */
export async function answering(port: number, withinMs: number, signal: AbortSignal): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(withinMs)])
  for (;;) {
    try {
      await (await fetch(`http://127.0.0.1:${port}/`, { signal: deadline })).arrayBuffer()
      return
    } catch {
      await delay(25, undefined, { signal: deadline })
    }
  }
}
