/** How work is told about while it goes on. */
export type Telling = {
  readonly everyMs: number
  readonly measure: () => Promise<string>
  readonly tell: (text: string) => void
}

/** Does the work and tells, every so often, what was measured of it. Nothing is told once the work is over. */
export async function telling<T>({ everyMs, measure, tell }: Telling, work: () => Promise<T>): Promise<T> {
  let isOver = false
  const timer = setInterval(() => {
    // Measuring takes its time: what is told late would stand over what came after the work.
    void measure().then((text) => isOver || tell(text))
  }, everyMs)
  try {
    return await work()
  } finally {
    isOver = true
    clearInterval(timer)
  }
}
