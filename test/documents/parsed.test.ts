import { expect, test } from 'vitest'
import { AgentSpec } from '../../shared/documents/agent.ts'
import { MAX_SPEC_BYTES, parseSpec } from '../../shared/documents/parsed.ts'

const BASE = { createdAt: '2026-01-01T00:00:00Z', owner: 'ada@acme.com' }

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a text', 'x'],
  ['a number', 7],
  ['a list', [BASE]],
])('%s in place of a document is refused as a whole', (_, raw) => {
  expect(parseSpec(AgentSpec, raw)).toMatchObject({ ok: false, field: 'spec', removed: false, purge: false })
})

test.each<[string, Record<string, unknown>, boolean, boolean]>([
  ['a wish to remove', { desiredState: 'removed' }, true, false],
  ['a wish to remove all', { desiredState: 'removed', purge: true }, true, true],
  ['a purge that is no truth value', { desiredState: 'removed', purge: 'yes' }, true, false],
  ['a wish to stop', { desiredState: 'stopped' }, false, false],
])('%s in a bad document is heard, or not', (_, fields, removed, purge) => {
  expect(parseSpec(AgentSpec, { ...fields, colour: 'red' })).toMatchObject({ ok: false, removed, purge })
})

const withName = (name: string) => parseSpec(AgentSpec, { ...BASE, colour: name })

test('a document is accepted up to its size in bytes, not in characters', () => {
  expect(withName('x'.repeat(MAX_SPEC_BYTES))).toMatchObject({ field: 'spec' })
  expect(withName('ä'.repeat(MAX_SPEC_BYTES / 2))).toMatchObject({ field: 'spec' })
  expect(withName('x'.repeat(MAX_SPEC_BYTES - 200))).toMatchObject({ field: 'colour' })
})

test('of several wrong fields one is named', () => {
  expect(parseSpec(AgentSpec, { ...BASE, owner: 7, zone: 7, retry: -1 })).toMatchObject({ ok: false, field: 'owner' })
})

test('what is accepted has its defaults', () => {
  expect(parseSpec(AgentSpec, BASE)).toEqual({ ok: true, spec: AgentSpec.parse(BASE) })
})
