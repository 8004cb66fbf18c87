import { isAnswer } from './errors.ts'

/** One request for many: an answer to each, in their order, or a refusal of all. */
export type AskAll<Asked, Answer> = (asked: readonly Asked[]) => Promise<readonly Answer[]>

/** Answers that are nobody's in particular: one by one there would be more of them. */
const OF_ALL = ['Unavailable', 'RateLimited', 'Denied'] as const

type Waiting<Asked, Answer> = Omit<PromiseWithResolvers<Answer>, 'promise'> & { readonly asked: Asked }

/**
 * Gathers what is asked in one turn of the event loop, and asks for all of it when the turn is over, or when there is enough
 * of it: so nothing it answers was read before it was asked for. What is refused together is asked for again one by one,
 * because it may be the fault of one.
 * @param most how many may be asked for in one request
 */
export function jointly<Asked, Answer>(askAll: AskAll<Asked, Answer>, most: number): (asked: Asked) => Promise<Answer> {
  let gathered: Waiting<Asked, Answer>[] = []
  const send = (): void => {
    const all = gathered
    gathered = []
    if (all.length > 0) void settle(all, askAll)
  }
  return (asked) => {
    if (gathered.length === 0) setImmediate(send)
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    // What is full goes at once, so that the service works while the rest is gathered.
    if (gathered.push({ asked, resolve, reject }) === most) send()
    return promise
  }
}

async function settle<Asked, Answer>(
  waiting: readonly Waiting<Asked, Answer>[],
  askAll: AskAll<Asked, Answer>,
): Promise<void> {
  try {
    const answers = await askAll(waiting.map(({ asked }) => asked))
    for (const [i, { resolve }] of waiting.entries()) resolve(answers[i] as Answer)
  } catch (error) {
    if (waiting.length === 1 || isAnswer(error, ...OF_ALL)) for (const { reject } of waiting) reject(error)
    else await Promise.all(waiting.map((one) => settle([one], askAll)))
  }
}

/** Reads what `key` names, once for all who ask in one turn of the event loop. One kind of answer per key. */
export type SharedReads = <T>(key: string, read: () => Promise<T>) => Promise<T>

/** Reads that are shared by whoever asks for the same in one turn: they begin when it is over, and nothing is remembered. */
export function sharedReads(): SharedReads {
  let begun = new Map<string, Promise<unknown>>()
  return <T>(key: string, read: () => Promise<T>): Promise<T> => {
    if (begun.size === 0) setImmediate(() => (begun = new Map()))
    const answer = begun.get(key) ?? new Promise((resolve) => setImmediate(resolve)).then(read)
    begun.set(key, answer)
    return answer as Promise<T>
  }
}
