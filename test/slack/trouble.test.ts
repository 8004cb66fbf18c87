import { describe, expect, test, vi } from 'vitest'
import type { AgentStatus } from '../../shared/documents/status.ts'
import { ProviderError } from '../../shared/ports/errors.ts'
import { notify } from '../../shared/slack/notify.ts'
import { engineWrites } from '../fakes/commands.ts'
import { slackStage, withSteps } from './stage.ts'

const FAILED = { state: 'failed', attempt: 3, reason: 'Stockout', message: 'no room in <us-east4>' } as const
const failed = { phase: 'Failed', steps: { ...withSteps('ready'), machine: FAILED } } as const
const degraded = { ...failed, phase: 'Degraded' } as const
const provisioning = { phase: 'Provisioning', steps: withSteps('doing') } as const

const WHY = ': no room in &lt;us-east4&gt;\nSee: /planes show ada'
const TO_ADA = { degraded: `<@U0ADA> local/ada is Degraded${WHY}`, failed: `<@U0ADA> local/ada is Failed${WHY}` }
const TO_ADMIN = `<@U0YOU> local/ada is Failed${WHY}`

const isSo = (reason: string) => ({ status: 'True', reason, sinceMs: 0 }) as const
/** What is well, and says so. */
const GOOD = { ChannelsReady: isSo('NoChannels'), OwnerLogin: isSo('Allowed'), Alive: isSo('Heartbeat') }

/** The agent `ada`, of which nobody asks for anything. */
async function quiet() {
  const stage = await slackStage()
  const { world, office, records } = stage
  const uid = (await engineWrites(world, 'ada')).uid
  const say = async (changes: Partial<AgentStatus>) => {
    world.clock.ms += 5000
    await engineWrites(world, 'ada', changes)
    await notify('local', uid, stage.notify)
  }
  const told = () => [...office.messages.values()].map(({ text }) => text)
  return { ...stage, uid, say, told, remembered: () => records.watches.size }
}

describe('an agent that comes into trouble', () => {
  test('is told of to its owner, once', async () => {
    const { say, told, remembered, office } = await quiet()
    await say(degraded)
    await say(degraded)
    await say({ ...degraded, steps: { ...degraded.steps, access: { state: 'waiting', attempt: 1 } } })
    await say(provisioning)
    await say(degraded)
    expect(told()).toEqual([TO_ADA.degraded])
    expect([remembered(), office.refusals]).toEqual([1, []])
  })

  test('is told of to the admins as well, when it failed', async () => {
    const { say, told } = await quiet()
    await say(failed)
    await say(failed)
    expect(told().toSorted()).toEqual([TO_ADA.failed, TO_ADMIN])
  })

  test('is told of again when it gets worse, and after it was well', async () => {
    const { say, told, remembered } = await quiet()
    await say(degraded)
    await say(failed)
    expect(told().slice(1).toSorted()).toEqual([TO_ADA.failed, TO_ADMIN])
    await say({ phase: 'Ready' })
    expect(remembered()).toBe(0)
    await say(degraded)
    expect(told().slice(3)).toEqual([TO_ADA.degraded])
  })

  test('is told of once, however many events say so at once', async () => {
    const { world, uid, told, records, notify: ports } = await quiet()
    await engineWrites(world, 'ada', failed)
    const shown = () => [...records.watches.values()].filter(({ watch }) => watch.shown === 'Failed')
    const sleep = () => vi.waitFor(() => expect(shown()).toHaveLength(2), { timeout: 5000 })
    await Promise.all(Array.from({ length: 10 }, () => notify('local', uid, { ...ports, sleep })))
    expect(told().toSorted()).toEqual([TO_ADA.failed, TO_ADMIN])
  })

  test('is told of when the event comes again, to whom a call of Slack failed', async () => {
    const { world, uid, told, notify: ports } = await quiet()
    await engineWrites(world, 'ada', failed)
    const api = await ports.slack()
    const post: typeof api.post = (user, message) =>
      user === 'U0ADA' ? Promise.reject(new ProviderError('Unavailable', 'away')) : api.post(user, message)
    await expect(notify('local', uid, { ...ports, slack: async () => ({ ...api, post }) })).rejects.toThrow('away')
    expect(told()).toEqual([TO_ADMIN])
    await notify('local', uid, ports)
    expect(told()).toEqual([TO_ADMIN, TO_ADA.failed])
  })

  test('has a reason when no step of it failed', async () => {
    const { say, told } = await quiet()
    const Alive = { status: 'False', reason: 'Silent', message: 'no heartbeat for 5 minutes', sinceMs: 0 } as const
    await say({ phase: 'Degraded', conditions: { ...GOOD, Alive } })
    expect(told()).toEqual(['<@U0ADA> local/ada is Degraded: no heartbeat for 5 minutes\nSee: /planes show ada'])
  })

  test('has its spec as the reason when that is what is wrong', async () => {
    const { say, told } = await quiet()
    const SpecInvalid = {
      status: 'True',
      reason: 'SpecInvalid',
      message: 'machineType is unknown',
      sinceMs: 0,
    } as const
    await say({ phase: 'Degraded', conditions: { ...GOOD, SpecInvalid } })
    expect(told()).toEqual(['<@U0ADA> local/ada is Degraded: machineType is unknown\nSee: /planes show ada'])
  })

  test('is not told of to others while somebody who asked for a change sees it', async () => {
    const { client, say, told } = await quiet()
    await client.command('U0YOU', 'restart ada')
    await say(failed)
    expect(told().slice(1)).toEqual(['<@U0YOU> local/ada failed. Try again: /planes retry ada'])
    await say({ phase: 'Ready' })
    await say(degraded)
    expect(told().at(-1)).toBe(TO_ADA.degraded)
  })

  test('is shown to its owner by one message once they do something about it', async () => {
    const { client, say, told } = await quiet()
    await say(degraded)
    await client.command('U0ADA', 'retry')
    await say({ phase: 'Ready', steps: withSteps('ready') })
    expect(told().map((text) => text.split('\n')[0])).toEqual([
      TO_ADA.degraded.split('\n')[0],
      'local/ada is Ready, 8 of 8 steps done.',
      '<@U0ADA> local/ada is Ready: /planes open ada',
    ])
  })

  test('is told of with the plane to name, where that is not the one that the team means', async () => {
    const stage = await quiet()
    const { world, uid, told, notify: ports } = stage
    const elsewhere = { ...ports, teams: new Map([[stage.person('U0ADA').team, 'home']]) }
    await engineWrites(world, 'ada', degraded)
    await notify('local', uid, elsewhere)
    await stage.client.command('U0ADA', 'retry')
    world.clock.ms += 5000
    await engineWrites(world, 'ada', { ...failed, steps: { ...failed.steps, machine: { ...FAILED, sinceMs: 1 } } })
    await notify('local', uid, elsewhere)
    expect(told().map((text) => text.split('/planes ')[1])).toEqual([
      'show ada --plane local',
      undefined,
      'retry ada --plane local',
    ])
    expect(JSON.stringify([...stage.office.messages.values()])).toContain('`/planes retry ada --plane local`')
  })

  test.each([
    ['is not linked', async ({ records, person }: Stage) => records.putLink(person('U0ADA'), undefined)],
    ['left the workspace', async ({ office }: Stage) => become(office, { isDeleted: true })],
    ['is a guest by now', async ({ office }: Stage) => become(office, { isGuest: true })],
    ['is unknown to Slack', async ({ office }: Stage) => void office.people.splice(office.people.findIndex(isAda), 1)],
    [
      'is of a workspace that may not ask any more',
      async ({ records, person }: Stage) => {
        await records.putLink(person('U0ADA'), undefined)
        await records.putLink({ team: 'T0OTHER', user: 'U0ADA' }, 'ada@example.com')
      },
    ],
  ])('is not told of to an owner who %s', async (_, before) => {
    const stage = await quiet()
    await before(stage)
    await stage.say(degraded)
    expect(stage.told()).toEqual([])
  })
})

type Stage = Awaited<ReturnType<typeof quiet>>

const isAda = ({ id }: { readonly id: string }): boolean => id === 'U0ADA'

function become({ people }: Stage['office'], changes: Partial<Stage['office']['people'][number]>): void {
  people.splice(people.findIndex(isAda), 1, { id: 'U0ADA', name: 'ada', ...changes })
}
