import { setTimeout as delay } from 'node:timers/promises'
import type { HeartbeatBody } from '../../../../shared/documents/heartbeat.ts'

const POST_WITHIN_MS = 10_000

/** Lets something live by the computer's clock, one tick after the other; one that fails is printed. The answer ends that. */
export function keepTicking({ tick }: { readonly tick: () => Promise<void> }, everyMs: number): () => Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping
  const ticking = (async () => {
    while (!signal.aborted) {
      await tick().catch((error: unknown) => console.error(error))
      await delay(everyMs, undefined, { signal }).catch(() => undefined)
    }
  })()
  return () => {
    stopping.abort()
    return ticking
  }
}

/** Posts a heartbeat as a machine does. */
export async function postHeartbeat(url: string, token: string, body: HeartbeatBody): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-agent-identity': token },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(POST_WITHIN_MS),
  })
  await response.arrayBuffer()
  return response.status
}
