import { expect, test, vi } from 'vitest'
import { telling } from '../../infra/machine/telling.ts'
import { PATIENT } from '../fakes/patience.ts'

const half = async () => 'half of it'

test('work is told about while it goes on', async () => {
  const told: string[] = []
  const work = async () => {
    await vi.waitUntil(() => told.length > 1, PATIENT)
    return 'done'
  }
  expect(await telling({ everyMs: 1, measure: half, tell: (text) => told.push(text) }, work)).toBe('done')
  expect(told.slice(0, 2)).toEqual(['half of it', 'half of it'])
})

test.each(['done', 'failed'] as const)('what is still being measured when the work is %s is not told', async (end) => {
  const told: string[] = []
  const begun = Promise.withResolvers<void>()
  const measured = Promise.withResolvers<string>()
  const measure = () => {
    begun.resolve()
    return measured.promise
  }
  const work = async () => {
    await begun.promise
    if (end === 'failed') throw new Error('no')
  }
  await telling({ everyMs: 1, measure, tell: (text) => told.push(text) }, work).catch(() => undefined)
  measured.resolve('all of it')
  await measured.promise
  expect(told).toEqual([])
})
