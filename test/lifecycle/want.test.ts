import { expect, test } from 'vitest'
import { wantOf } from '../../shared/lifecycle/want.ts'

test.each<[string, unknown, unknown]>([
  ['the order of keys', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
  ['an absent field and an undefined one', { a: 1 }, { a: 1, b: undefined }],
])('%s makes no difference', (_, a, b) => {
  expect(wantOf(a)).toBe(wantOf(b))
})

test.each<[string, unknown, unknown]>([
  ['another value', { a: 1 }, { a: 2 }],
  ['another type', { a: 1 }, { a: '1' }],
  ['another key', { a: 1 }, { b: 1 }],
  ['the order of a list', [1, 2], [2, 1]],
  ['nesting', { a: { b: 1 } }, { a: 1, b: 1 }],
  ['nothing and an empty text', { a: null }, { a: '' }],
  ['a list and its only element', [1], 1],
  ['a text that looks like structure', { a: '1,b:2' }, { a: 1, b: 2 }],
])('%s makes a difference', (_, a, b) => {
  expect(wantOf(a)).not.toBe(wantOf(b))
})

test('a want is short, and the same on every machine', () => {
  expect(wantOf({ machineType: 'e2-medium', restart: 0 })).toBe('ad623d1764592eff')
})
