import { expect, test } from 'vitest'
import { AgentSpec } from '../../shared/documents/agent.ts'
import { AGENT_TABLE } from './agent-table.ts'
import { accepted, refused, verdictOn } from './table.ts'

const BASE = { createdAt: '2026-01-01T00:00:00.123456Z', owner: 'ada@acme.com' }

test('the table speaks of every field', () => {
  expect(AGENT_TABLE.map(({ field }) => field).toSorted()).toEqual(Object.keys(AgentSpec.shape).toSorted())
})

test.each(accepted(AGENT_TABLE))('%s may be %j', (field, value) => {
  expect(verdictOn(AgentSpec, { ...BASE, [field]: value })).toBe('ok')
})

test.each(refused(AGENT_TABLE))('%s may not be %j', (field, value, said) => {
  const verdict = verdictOn(AgentSpec, { ...BASE, [field]: value })
  expect(verdict.slice(0, said.length)).toBe(said)
})

test.each(['uid', 'status', 'Owner', '__proto__x', 'phase'])('a field %s is not known', (field) => {
  expect(verdictOn(AgentSpec, { ...BASE, [field]: 'x' })).toBe(`${field} is not a known field`)
})

test('what is left out is filled in', () => {
  expect(AgentSpec.parse(BASE)).toEqual({
    ...BASE,
    desiredState: 'running',
    purge: false,
    channels: [],
    secrets: [],
    labels: {},
    restart: 0,
    retry: 0,
  })
})
