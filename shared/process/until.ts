import { setTimeout as delay } from 'node:timers/promises'

/** Waits until something is so, looking every `everyMs`; false when it was not within `withinMs`. */
export async function until(
  check: () => Promise<boolean>,
  { withinMs, everyMs = 50 }: { readonly withinMs: number; readonly everyMs?: number },
): Promise<boolean> {
  const deadlineMs = performance.now() + withinMs
  while (!(await check())) {
    if (performance.now() >= deadlineMs) return false
    await delay(everyMs)
  }
  return true
}
