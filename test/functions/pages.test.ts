import { Readable } from 'node:stream'
import type { Query } from '@google-cloud/firestore'
import { expect, test, vi } from 'vitest'
import { allOf, pagesOf } from '../../shared/gcp/firestore-snapshots.ts'
import { PATIENT } from '../fakes/patience.ts'

/** A query whose documents are numbers, and the stream that it was read by. */
function queryOf(documents: Iterable<number>) {
  const stream = Readable.from(documents)
  return { query: { stream: () => stream } as unknown as Query, stream }
}

function* failingAfter(count: number): Generator<number> {
  yield* Array.from({ length: count }).keys()
  throw Object.assign(new Error('the index is missing'), { code: 9 })
}

const sizes = async (query: Query): Promise<readonly number[]> => {
  const found: number[] = []
  for await (const page of pagesOf(query, 3)) found.push(page.length)
  return found
}

test.each([
  [0, []],
  [2, [2]],
  [3, [3]],
  [7, [3, 3, 1]],
])('%i documents come in pages of three, the last with what is left', async (count, expected) => {
  expect(await sizes(queryOf(Array.from({ length: count }).keys()).query)).toEqual(expected)
})

test('all pages together are all documents in their order', async () => {
  const { query } = queryOf(Array.from({ length: 1000 }).keys())
  expect(await allOf(pagesOf(query, 3))).toEqual([...Array.from({ length: 1000 }).keys()])
})

test.each([0, 3, 7])('what goes wrong after %i documents is thrown as what the provider answered', async (count) => {
  await expect(sizes(queryOf(failingAfter(count)).query)).rejects.toMatchObject({ kind: 'Conflict' })
})

test('a query of which no more is wanted is ended', async () => {
  const { query, stream } = queryOf(Array.from({ length: 1000 }).keys())
  for await (const page of pagesOf(query, 3)) {
    expect(page).toEqual([0, 1, 2])
    break
  }
  await vi.waitFor(() => expect(stream.destroyed).toBe(true), PATIENT)
})
