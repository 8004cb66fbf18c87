import { describe, expect, test } from 'vitest'
import { jointly, sharedReads } from '../../shared/gcp/jointly.ts'
import { ProviderError } from '../../shared/ports/errors.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Doubles numbers, as many at once as it is given, and remembers what it was given; it refuses 13 and all beside it. */
function doubler(refusal: Error = new ProviderError('AlreadyExists', 'thirteen')) {
  const requests: number[][] = []
  const ask = jointly(async (numbers: readonly number[]) => {
    requests.push([...numbers])
    if (numbers.includes(13)) throw refusal
    return numbers.map((number) => number * 2)
  }, 3)
  return { ask, requests }
}

describe('what is asked jointly', () => {
  test('in one turn is one request, and each gets an answer of its own', async () => {
    const { ask, requests } = doubler()
    expect(await Promise.all([ask(1), ask(2), ask(1)])).toEqual([2, 4, 2])
    expect(requests).toEqual([[1, 2, 1]])
  })

  test('in another turn is another request', async () => {
    const { ask, requests } = doubler()
    const first = ask(1)
    await turn()
    expect(await Promise.all([first, ask(2)])).toEqual([2, 4])
    expect(requests).toEqual([[1], [2]])
  })

  test('is not asked for before the turn is over', async () => {
    const { ask, requests } = doubler()
    const answers = [ask(1)]
    await Promise.resolve()
    expect(requests).toEqual([])
    answers.push(ask(2))
    await Promise.all(answers)
    expect(requests).toEqual([[1, 2]])
  })

  test('is parted when it is too much for one request', async () => {
    const { ask, requests } = doubler()
    expect(await Promise.all([1, 2, 3, 4, 5, 6, 7].map(ask))).toEqual([2, 4, 6, 8, 10, 12, 14])
    expect(requests).toEqual([[1, 2, 3], [4, 5, 6], [7]])
  })

  test('and refused is asked for one by one, so that only who is at fault is refused', async () => {
    const { ask, requests } = doubler()
    const answers = await Promise.allSettled([ask(1), ask(13), ask(2)])
    expect(answers).toMatchObject([{ value: 2 }, { reason: { message: 'thirteen' } }, { value: 4 }])
    expect(requests).toEqual([[1, 13, 2], [1], [13], [2]])
  })

  test.each(['Unavailable', 'RateLimited', 'Denied'] as const)(
    'of a service that answers everybody %s is refused as a whole, and not asked for again',
    async (kind) => {
      const { ask, requests } = doubler(new ProviderError(kind, 'to nobody'))
      expect(await Promise.allSettled([ask(1), ask(13)])).toMatchObject([{ reason: { kind } }, { reason: { kind } }])
      expect(requests).toEqual([[1, 13]])
    },
  )

  test('alone and refused is refused', async () => {
    const { ask, requests } = doubler()
    await expect(ask(13)).rejects.toThrow('thirteen')
    expect(requests).toEqual([[13]])
  })
})

const failing = () => Promise.reject(new Error('not now'))

describe('reads that are shared', () => {
  test('are begun once for all who ask in one turn, after the last of them asked, and anew in the next', async () => {
    const shared = sharedReads()
    let version = 1
    const read = async () => version
    const answers = [shared('a', read)]
    version = 2
    answers.push(shared('a', read))
    expect(await Promise.all(answers)).toEqual([2, 2])
    version = 3
    expect(await shared('a', read)).toBe(3)
  })

  test('of one key answer nobody who asked by another', async () => {
    const shared = sharedReads()
    expect(await Promise.all(['a', 'b', 'a'].map((key) => shared(key, async () => key)))).toEqual(['a', 'b', 'a'])
  })

  test('that fail do so for all who shared them, and are not remembered', async () => {
    const shared = sharedReads()
    const answers = await Promise.allSettled([shared('a', failing), shared('a', failing)])
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await shared('a', async () => 'now')).toBe('now')
  })
})
