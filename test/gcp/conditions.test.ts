import { expect, test } from 'vitest'
import { compileCondition } from '../../infra/local/gcp/iam/conditions.ts'
import { START_MS } from './a-cloud.ts'

const NAME = 'projects/p/zones/z/instances/ap-one'
const INSTANCE = { name: NAME, type: 'compute.googleapis.com/Instance', service: 'compute.googleapis.com' }
const GRANTS = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', [])"

test.each([
  [`resource.name == "${NAME}"`, {}, true],
  [`resource.name != "${NAME}"`, {}, false],
  ['resource.name.startsWith("projects/p/zones/z/instances/ap-")', {}, true],
  ['resource.name.startsWith("projects/q/")', {}, false],
  ["resource.name.endsWith('-one')", {}, true],
  ['resource.type == "compute.googleapis.com/Disk"', {}, false],
  ['resource.service == "compute.googleapis.com" && resource.name.endsWith("two")', {}, false],
  ['resource.name.endsWith("two") || resource.type == "compute.googleapis.com/Instance"', {}, true],
  ['!(resource.name.endsWith("two"))', {}, true],
  ['!resource.name.endsWith("one")', {}, false],
  ['destination.port == 22', { port: 22 }, true],
  ['destination.port == 22', { port: 3389 }, false],
  ['destination.port == 22', {}, false],
  ['resource.name.startsWith("projects/")', { name: undefined }, false],
  [`${GRANTS}.hasOnly(['roles/a', 'roles/b'])`, { modifiedGrantsByRole: ['roles/b'] }, true],
  [`${GRANTS}.hasOnly(['roles/a'])`, { modifiedGrantsByRole: ['roles/a', 'roles/owner'] }, false],
  [`${GRANTS}.hasOnly([])`, { modifiedGrantsByRole: [] }, true],
  ['request.time < timestamp("2030-01-01T00:00:00Z")', {}, true],
  ['request.time > timestamp("2030-01-01T00:00:00Z")', {}, false],
] as const)('%s with %j is %s', (expression, facts, isMet) => {
  const { name = NAME, ...rest } = facts as { readonly name?: string }
  const resource = 'name' in facts && facts.name === undefined ? {} : { ...INSTANCE, name }
  expect(compileCondition(expression)({ ...resource, modifiedGrantsByRole: [], nowMs: START_MS, ...rest })).toBe(isMet)
})

test.each([
  'true',
  '',
  'resource.name.matches("x.*")',
  'resource.name.extract("/{x}")',
  'resource.labels.team == "a"',
  'resource.name in ["a"]',
  'destination.port in [22]',
  'destination.ip == "10.0.0.1"',
  'request.auth.claims.email == "x"',
  "api.getAttribute('iam.googleapis.com/other', []).hasOnly(['roles/a'])",
  "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasAny(['roles/a'])",
  'resource.name == "a" &&',
  'resource.name == "a")',
  '(resource.name == "a"',
  'resource.name == a',
  'resource.name == "a" $',
])('%j is refused, rather than mean less than it says', (expression) => {
  expect(() => compileCondition(expression)).toThrow(/compilation failed/)
})
