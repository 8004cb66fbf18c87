import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { AgentSpec } from '../../shared/documents/agent.ts'
import { Member } from '../../shared/documents/member.ts'
import { PlaneSpec } from '../../shared/documents/plane.ts'

const rules = readFileSync(new URL('../../infra/firestore.rules', import.meta.url), 'utf8')

/** The fields that a function of the rules lets through. */
function fieldsOf(name: string): Set<string> {
  const body = rules.slice(rules.indexOf(`function ${name}(`))
  const list = /hasOnly\(\[([^\]]*)\]\)/.exec(body)?.[1] ?? ''
  return new Set([...list.matchAll(/'(\w+)'/g)].flatMap(([, field]) => field ?? []))
}

test.each([
  ['isAgent', AgentSpec.shape],
  ['isPlane', PlaneSpec.shape],
  ['isDefaults', PlaneSpec.shape.defaults.unwrap().shape],
  ['isMemberDocument', Member.shape],
])('the fields of %s are those of its schema', (name, shape) => {
  expect(fieldsOf(name)).toEqual(new Set(Object.keys(shape)))
})
