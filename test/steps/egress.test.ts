import { expect, test } from 'vitest'
import { names } from '../../shared/documents/names.ts'
import type { Backend } from '../../shared/ports/backend.ts'
import { egress } from '../../shared/steps/egress.ts'
import { NOW_MS } from '../fakes/builders.ts'
import { inShort, PLACE, result, stand, subjectOf } from './stand.ts'

const OPEN = { mode: 'open', domains: [] } as const
const rule = (...domains: string[]) => ({ mode: 'restricted', domains }) as const
const NAME = names.egressRule(PLACE)

test.each([
  ['nothing', OPEN, undefined, ''],
  ['a rule', OPEN, rule('a.com'), 'egress.delete'],
  ['nothing', rule('a.com'), undefined, 'egress.set'],
  ['that very rule', rule('a.com', 'b.com'), rule('a.com', 'b.com'), ''],
  ['a wider rule', rule('a.com'), rule('a.com', 'b.com'), 'egress.set'],
  ['a narrower rule', rule('a.com', 'b.com'), rule('a.com'), 'egress.set'],
])('where there is %s and %j is wanted, it is made so', async (_, wanted, there, did) => {
  const at = stand()
  if (there !== undefined) at.cloud.egress.set(NAME, { ...there, uid: PLACE.uid, madeMs: 0 })
  expect(await result(at, 'egress', { spec: { egress: wanted } })).toEqual([did, 'ready'])
  expect(at.cloud.egress.get(NAME)?.domains).toEqual(wanted.mode === 'open' ? undefined : wanted.domains)
})

test('whether it made a rule is its evidence', async () => {
  const at = stand()
  expect(await at.tryStep('egress', { spec: { egress: OPEN } })).toMatchObject({ resource: { rule: false } })
  expect(await at.tryStep('egress', { spec: { egress: rule('a.com') } })).toMatchObject({ resource: { rule: true } })
})

test('removal takes the rule', async () => {
  const at = stand()
  expect(await result(at, 'egress', {}, 'gone')).toEqual(['', 'removed'])
  at.cloud.egress.set(NAME, { ...rule('a.com'), uid: PLACE.uid, madeMs: 0 })
  expect(await result(at, 'egress', {}, 'gone')).toEqual(['egress.delete', 'removed'])
})

/** A backend whose rule is somebody else's, or that isolates nothing. */
function altered(port: Partial<Backend['egress']>): Backend {
  const { backend } = stand()
  return { ...backend, egress: { ...backend.egress, ...port } }
}

const contextFor = (backend: Backend, spec: Readonly<Record<string, unknown>>) => ({
  subject: subjectOf({ spec }),
  intent: { op: 'op1', untilMs: NOW_MS },
  backend,
  nowMs: NOW_MS,
  attempt: 1,
  lease: async () => undefined,
})

const untouched = async (): Promise<void> => expect.unreachable()

test("somebody else's rule is left alone", async () => {
  const backend = altered({ find: async () => ({ ...rule('a.com'), ours: false }), set: untouched, delete: untouched })
  for (const wanted of [OPEN, rule('b.com')]) {
    const context = contextFor(backend, { egress: wanted })
    await egress.apply(context)
    expect(inShort(await egress.verify(context))).toBe('failed NameConflict')
    expect(inShort(await egress.remove(context, 'gone'))).toBe('removed')
  }
})

test.each([
  ['network', 'True', 'NetworkPolicy'],
  ['none', 'False', 'NoNetworkIsolation'],
] as const)('a backend that enforces %s says so in the condition Isolation', async (enforcement, status, reason) => {
  const outcome = await egress.verify(contextFor(altered({ enforcement }), {}))
  expect(outcome).toMatchObject({ is: 'ready', conditions: { Isolation: { status, reason } } })
})

test('what agents of one Unix user have of each other is not kept quiet', async () => {
  const outcome = await egress.verify(contextFor(altered({ enforcement: 'none' }), {}))
  const message = expect.stringMatching(/one Unix user.*secrets/) as string
  expect(outcome).toMatchObject({ conditions: { Isolation: { message } } })
})
