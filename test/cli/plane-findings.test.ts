import { beforeEach, expect, test } from 'vitest'
import { planeFindings } from '../../clients/cli/plane-findings.ts'
import type { Finding } from '../../clients/cli/plane-findings.ts'
import { ADA, PLANE, commandWorld, engineWrites, engineWritesPlane } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'

let world: CommandWorld

beforeEach(async () => {
  world = commandWorld()
  await world.api.createPlane(PLANE)
  await world.api.addAgent(ADA)
})

/** What is found last, which is about agents and conditions. */
const lastFinding = async (): Promise<Finding | undefined> =>
  planeFindings(await world.api.getPlane({ plane: 'local' })).at(-1)

const raised = { status: 'False', reason: 'Wrong', message: 'it is wrong', sinceMs: 0 } as const

test.each([
  ['SpecInvalid', 'Mend it: planes update-agent --plane local --name ada'],
  ['SpecRejected', 'Mend it: planes update-agent --plane local --name ada'],
  ['ChannelsReady', 'Its owner does that in its Control UI: planes open --plane local --name ada'],
  ['Alive', 'See what it logged: planes logs --plane local --name ada'],
  ['OwnerLogin', 'See all of it: planes show --plane local --name ada'],
])('the condition %s of an agent says what to run', async (name, fix) => {
  await engineWrites(world, 'ada', { conditions: { [name]: raised } })
  const what = 'plane local, agent ada'
  expect(await lastFinding()).toEqual({ what, is: 'warning', text: `${name}: it is wrong`, fix })
})

test.each([
  ['SpecInvalid', 'Mend it: planes update-plane --plane local'],
  ['AdminSeparation', 'See all of it: planes status --plane local'],
])('the condition %s of a plane says what to run', async (name, fix) => {
  await engineWrites(world, 'ada')
  await engineWritesPlane(world, { conditions: { [name]: raised } })
  expect(await lastFinding()).toEqual({ what: 'plane local', is: 'warning', text: `${name}: it is wrong`, fix })
})

test('conditions that are fine or chosen are no findings', async () => {
  const AdminSeparation = { ...raised, status: 'True', reason: 'NoHumanBindings' } as const
  await engineWritesPlane(world, { conditions: { AdminSeparation } })
  await engineWrites(world, 'ada', { conditions: { Isolation: { ...raised, reason: 'NoNetworkIsolation' } } })
  expect(await lastFinding()).toEqual({ what: 'plane local', is: 'fine', text: 'Ready, agents: 1' })
})
