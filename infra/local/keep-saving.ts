import { setTimeout as delay } from 'node:timers/promises'

/**
 * Saves every `everyMs`. The answer ends that, with a last save. A save that fails is told of once, and followed by
 * another; so is the last one, because what it lacks is lost.
 */
export function keepSaving(
  save: () => Promise<void>,
  { everyMs, say }: { readonly everyMs: number; readonly say: (line: string) => void },
): () => Promise<void> {
  const stopping = new AbortController()
  let failure: string | undefined
  const once = async (isLast: boolean): Promise<void> => {
    const before = failure
    failure = await save().then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    if (failure !== undefined && (before === undefined || isLast))
      say(`The documents could not be saved: ${failure}. The next start goes on from the last save, if there is one.`)
  }
  const saving = (async () => {
    while (!stopping.signal.aborted) {
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (!stopping.signal.aborted) await once(false)
    }
    // One that was under way may lack what was written last.
    await once(true)
  })()
  return () => {
    stopping.abort()
    return saving
  }
}
