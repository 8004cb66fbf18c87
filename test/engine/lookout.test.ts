import { expect, test } from 'vitest'
import type { AgentStatus } from '../../shared/documents/status.ts'
import { lookout } from '../../shared/engine/lookout.ts'
import type { Backend } from '../../shared/ports/backend.ts'
import { ProviderError } from '../../shared/ports/errors.ts'
import type { ProviderErrorKind } from '../../shared/ports/errors.ts'
import { aPlaneStatus, aStatus, PLANE_REF } from '../fakes/builders.ts'
import { portsOf } from '../fakes/ports.ts'
import { World } from '../fakes/world.ts'
import type { Worker } from '../fakes/world.ts'

const worker: Worker = { id: 1, what: 'test', skewMs: 0, redeliver: undefined, dead: false, done: false }
const condition = (status: 'True' | 'False' | 'Unknown') => ({
  AdminSeparation: { status, reason: 'Tested', message: '', sinceMs: 0 },
})
const separated = condition('True')

/** So many agents that stand, with so many secrets each. */
const agentsOf = (count: number, { keys = 0, conditions = {} }: { keys?: number; conditions?: object } = {}) =>
  Array.from({ length: count }, (_, n) =>
    aStatus({
      name: `agent-${n}`,
      uid: `uid${n.toString(32).padStart(7, '2')}`,
      observedGeneration: 'a1',
      resources: { secrets: { keys: Array.from({ length: keys }, (_none, key) => `key-${key}`).join(' ') } },
      conditions: conditions as AgentStatus['conditions'],
    }),
  )

/** What somebody took away from every agent. */
const LOST = (['secrets', 'identity', 'access'] as const).map((step) => ({ step, message: `${step} lost a role` }))

/** A lookout over so many agents whose cloud takes down whose policies it was asked for, or answers no read. */
function standing(agents: number, secrets = 0, trouble?: ProviderErrorKind) {
  const seen = new Map(agentsOf(agents).map(({ uid }) => [uid, { secrets }]))
  const world = new World()
  const ports = portsOf(world, worker)
  const asked: string[] = []
  const exposure: Backend['exposure'] = async ({ uid }) => {
    asked.push(uid)
    if (trouble !== undefined) throw new ProviderError(trouble, 'later')
    return { separation: { status: 'False', reason: 'Opened', message: 'somebody could read' }, missing: LOST }
  }
  const backend = (name: Parameters<typeof ports.backend>[0]): Backend => ({ ...ports.backend(name), exposure })
  const sweep = () => lookout({ plane: PLANE_REF, status: aPlaneStatus(), seen, ports: { ...ports, backend } })
  return { world, asked, sweep }
}

test('every one of few agents is looked at in each sweep', async () => {
  const { asked, sweep } = standing(20)
  const one = sweep()
  for (const status of agentsOf(20, { conditions: separated }))
    expect(await one.look(status)).toMatchObject({ conditions: { AdminSeparation: { status: 'False' } } })
  expect(asked).toHaveLength(20)
})

test('of many, whoever is known waits for their turn, and ten who are not are looked at besides', async () => {
  const { asked, sweep } = standing(10_000)
  const known = sweep()
  for (const status of agentsOf(500, { conditions: separated })) await known.look(status)
  const turns = asked.length
  expect(turns).toBeLessThan(10)
  const unknown = sweep()
  for (const status of agentsOf(500, { conditions: condition('Unknown') })) await unknown.look(status)
  expect(asked).toHaveLength(turns + turns + 10)
})

test('a sweep asks for no more than its calls allow, and everybody comes up, however many secrets there are', async () => {
  const { world, asked, sweep } = standing(20, 55)
  const shares: number[] = []
  for (let minute = 0; minute < 11; minute++, world.nowMs += 60_000) {
    const [one, before] = [sweep(), asked.length]
    for (const status of agentsOf(20, { keys: 55, conditions: separated })) await one.look(status)
    shares.push(asked.length - before)
  }
  expect(Math.max(...shares)).toBeLessThanOrEqual(2)
  expect(new Set(asked).size).toBe(20)
})

test('those whose turn it is lose nothing to those that are looked at besides, however often in vain', async () => {
  const { world, asked, sweep } = standing(20, 55)
  const unread = agentsOf(20, { keys: 55, conditions: condition('Unknown') })
  for (let minute = 0; minute < 11; minute++, world.nowMs += 60_000) {
    const [one, before] = [sweep(), asked.length]
    for (const status of unread) await one.look(status)
    expect(asked.length - before).toBeLessThanOrEqual(4)
  }
  expect(new Set(asked).size).toBe(20)
})

test('those that are gone, of a former plane, or yet to be made are not looked at', async () => {
  const { asked, sweep } = standing(3)
  const one = sweep()
  const [gone, former, unmade] = agentsOf(3)
  if (!gone || !former || !unmade) throw new Error('three agents')
  const { observedGeneration: _, ...waiting } = unmade
  for (const status of [{ ...gone, target: 'absent' } as const, { ...former, planeUid: 'planeaaaa7' }, waiting])
    expect(await one.look(status)).toEqual({ conditions: {}, drift: [] })
  expect(asked).toEqual([])
})

test('it finds who is exposed and who could not be read, of its own plane and of what is to stay', () => {
  const one = standing(6).sweep()
  const [open, shut, unread, gone, former, fresh] = agentsOf(6)
  if (!open || !shut || !unread || !gone || !former || !fresh) throw new Error('six agents')
  one.note({ ...open, conditions: condition('False') })
  one.note({ ...shut, conditions: separated })
  one.note({ ...unread, conditions: condition('Unknown') })
  one.note({ ...gone, conditions: condition('False'), target: 'absent' })
  one.note({ ...former, conditions: condition('False'), planeUid: 'planeaaaa7' })
  one.note(fresh)
  expect(one.found()).toEqual({ exposed: ['agent-0'], unread: ['agent-2'] })
})

test.each([
  ['RateLimited', {}, 'NotReadYet'],
  ['RateLimited', separated, 'NotReadYet'],
  ['Unavailable', {}, 'Unreadable'],
] as const)('%s at a look makes unknown what was %j before: %s', async (trouble, conditions, reason) => {
  const [agent] = agentsOf(1, { conditions })
  if (!agent) throw new Error('one agent')
  const looked = await standing(1, 0, trouble).sweep().look(agent)
  expect(looked.conditions['AdminSeparation']).toMatchObject({ status: 'Unknown', reason })
  expect(looked.drift).toEqual([])
})

test('a role that is gone is drift of the step that gave it, unless that step is at work', async () => {
  const one = standing(1).sweep()
  const [agent] = agentsOf(1)
  if (!agent) throw new Error('one agent')
  const at = (state: 'ready' | 'waiting', resources: AgentStatus['resources']): AgentStatus => ({
    ...agent,
    steps: Object.fromEntries(LOST.map(({ step }) => [step, { state, attempt: 1 }])),
    resources,
  })
  const drift = async (status: AgentStatus) => (await one.look(status)).drift.map(({ step }) => step)
  const machine = { id: 'one' }
  expect(await drift(at('ready', { machine, access: { machine: 'one' } }))).toEqual(['secrets', 'identity', 'access'])
  expect(await drift(at('waiting', { machine, access: { machine: 'one' } }))).toEqual([])
  // The owner is let in to a machine that is there, once it is the one that was asked for.
  expect(await drift(at('ready', {}))).toEqual(['secrets', 'identity'])
  expect(await drift(at('ready', { machine, access: { machine: 'former' } }))).toEqual(['secrets', 'identity'])
})
