/** Waits for every one, also when one of them fails: no function may end while something it asked for is under way. */
export async function allSettled<T>(calls: readonly Promise<T>[]): Promise<readonly T[]> {
  const results = await Promise.allSettled(calls)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}
