import { expect, test, vi } from 'vitest'
import { keepSaving } from '../../infra/local/keep-saving.ts'
import { PATIENT } from '../fakes/patience.ts'

test('saves go on until the end, with a last one then', async () => {
  let saves = 0
  const said: string[] = []
  const save = async (): Promise<void> => void (saves += 1)
  const stop = keepSaving(save, { everyMs: 1, say: (line) => said.push(line) })
  await vi.waitUntil(() => saves > 2, PATIENT)
  await stop()
  const lazy = keepSaving(save, { everyMs: 60_000, say: (line) => said.push(line) })
  const before = saves
  await lazy()
  expect(saves).toBe(before + 1)
  expect(said).toEqual([])
})

test('a save that fails is told of once, and once more when nothing follows it', async () => {
  let saves = 0
  const said: string[] = []
  const save = (): Promise<void> => Promise.reject(new Error(`no space left, ${(saves += 1)}`))
  const stop = keepSaving(save, { everyMs: 1, say: (line) => said.push(line) })
  await vi.waitUntil(() => saves > 3, PATIENT)
  expect(said).toEqual([expect.stringContaining('could not be saved: no space left, 1.')])
  await stop()
  expect(said).toHaveLength(2)
})
