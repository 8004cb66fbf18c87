import { describe, expect, test, vi } from 'vitest'
import type { AgentStatus } from '../../shared/documents/status.ts'
import { notify } from '../../shared/slack/notify.ts'
import { engineWrites } from '../fakes/commands.ts'
import { messagesIn, slackStage, withSteps } from './stage.ts'
import type { Stage } from './stage.ts'

const ADMIN = 'U0YOU'

/** An agent `bob` that an admin has just asked for in Slack. */
async function adding(): Promise<
  Stage & { readonly uid: string; readonly say: (changes: Partial<AgentStatus>) => Promise<void> }
> {
  const stage = await slackStage()
  await stage.client.command(ADMIN, 'add <@U0BOB|bob>')
  const uid = watchedIn(stage)
  const say = async (changes: Partial<AgentStatus>) => {
    await engineWrites(stage.world, 'bob', changes)
    await notify('local', uid, stage.notify)
  }
  return { ...stage, uid, say }
}

const watchedIn = ({ records }: Stage): string => [...records.watches.values()][0]?.watch.uid ?? ''
const progress = (stage: Stage) => messagesIn(stage)[0]

describe('whoever added an agent', () => {
  test('sees one message that is edited as steps finish, and is told once at the end', async () => {
    const stage = await adding()
    const { say, office, world, records } = stage
    await say({ phase: 'Provisioning', steps: {} })
    expect(progress(stage)?.text).toContain('local/bob is Provisioning, 0 of 8 steps done')
    world.clock.ms += 5000
    await say({ phase: 'Provisioning', steps: { ...withSteps('idle'), identity: { state: 'ready', attempt: 1 } } })
    expect(progress(stage)?.text).toContain('1 of 8 steps done')
    world.clock.ms += 5000
    await say({ phase: 'Ready', steps: withSteps('ready') })
    expect(messagesIn(stage).map(({ channel, text }) => [channel, text.split('\n')[0]])).toEqual([
      ['DU0YOU', 'local/bob is Ready, 8 of 8 steps done.'],
      ['DU0YOU', '<@U0YOU> local/bob is Ready: /planes open bob'],
    ])
    expect([office.refusals, records.watches.size]).toEqual([[], 0])
  })

  test('sees edits two seconds apart, however often the status is written', async () => {
    const stage = await adding()
    const names = Object.keys(withSteps('idle'))
    for (let done = 0; done <= names.length; done++) {
      const ready = Object.fromEntries(
        names.slice(0, done).map((name) => [name, { state: 'ready', attempt: 1 } as const]),
      )
      await stage.say({ phase: 'Provisioning', steps: ready })
    }
    const { atMs = [] } = progress(stage) ?? {}
    expect(atMs).toHaveLength(names.length + 1)
    for (const [i, at] of atMs.slice(1).entries()) expect(at - (atMs[i] ?? 0)).toBeGreaterThanOrEqual(2000)
    expect(stage.office.refusals).toEqual([])
  })

  test('sees what many events at once show, once', async () => {
    const stage = await adding()
    await engineWrites(stage.world, 'bob', { phase: 'Provisioning', steps: withSteps('doing') })
    const isShown = () => expect([...stage.records.watches.values()][0]?.watch.shown).toBeDefined()
    const ports = { ...stage.notify, sleep: () => vi.waitFor(isShown, { timeout: 5000 }) }
    await Promise.all(Array.from({ length: 10 }, () => notify('local', stage.uid, ports)))
    expect(messagesIn(stage)).toHaveLength(1)
    expect(progress(stage)?.atMs).toHaveLength(1)
  })

  test('is told of a failure with its reason, and of the success after it', async () => {
    const stage = await adding()
    const failed = {
      ...withSteps('ready'),
      machine: { state: 'failed', attempt: 2, reason: 'Stockout', message: 'no room in us-east4' },
    } as const
    await stage.say({ phase: 'Failed', steps: failed })
    await stage.say({ phase: 'Failed', steps: { ...failed, access: { state: 'waiting', attempt: 1 } } })
    await stage.say({ phase: 'Ready', steps: withSteps('ready') })
    const told = messagesIn(stage).slice(1)
    expect(told.map(({ text }) => text)).toEqual([
      '<@U0YOU> local/bob failed. Try again: /planes retry bob',
      '<@U0YOU> local/bob is Ready: /planes open bob',
    ])
    expect(stage.office.refusals).toEqual([])
  })

  test('misses nothing when a call of Slack fails: the event comes again', async () => {
    const stage = await adding()
    const { notify: ports, uid, world } = stage
    await engineWrites(world, 'bob', { phase: 'Provisioning', steps: withSteps('doing') })
    const away = { ...ports, slack: () => Promise.reject(new Error('away')) }
    await expect(notify('local', uid, away)).rejects.toThrow('away')
    await notify('local', uid, ports)
    expect(messagesIn(stage)).toHaveLength(1)
  })

  test('is told the end although somebody deleted the message', async () => {
    const stage = await adding()
    const { say, office, world, records } = stage
    await say({ phase: 'Provisioning', steps: {} })
    office.messages.clear()
    world.clock.ms += 5000
    await say({ phase: 'Ready', steps: withSteps('ready') })
    expect(messagesIn(stage).map(({ text }) => text.split('\n')[0])).toEqual([
      'local/bob is Ready, 8 of 8 steps done.',
      '<@U0YOU> local/bob is Ready: /planes open bob',
    ])
    expect(records.watches.size).toBe(0)
  })

  test('misses nothing when whoever sends dies of it', async () => {
    const stage = await adding()
    const { notify: ports, uid, world, records } = stage
    await engineWrites(world, 'bob', { phase: 'Provisioning', steps: withSteps('doing') })
    const found = await records.findWatch({ plane: 'local', uid, person: stage.person(ADMIN) })
    if (found === undefined) throw new Error('nobody watches')
    const sending = { hash: 'of a dead one', untilMs: world.clock.ms + 15_000 }
    await records.updateWatch({ ...found.watch, sending }, found.version)
    await notify('local', uid, ports)
    expect(messagesIn(stage)).toHaveLength(1)
  })
})

test('whoever removed an agent sees it go, and not how it stood before', async () => {
  const stage = await slackStage()
  const { client, records, office, world, notify: ports } = stage
  await client.command(ADMIN, 'remove ada')
  await client.click(ADMIN, { id: 'planes.remove', value: [...records.offers.keys()][0] ?? '' })
  const [open] = office.views.values()
  if (open === undefined) throw new Error('no dialog is open')
  await client.submit(open, 'ada')
  const uid = watchedIn(stage)
  await notify('local', uid, ports)
  expect(office.messages.size).toBe(0)
  await engineWrites(world, 'ada', { phase: 'Removing', target: 'absent', steps: withSteps('ready') })
  await notify('local', uid, ports)
  expect(progress(stage)?.text).toContain('local/ada is Removing, 0 of 8 steps done')
  await engineWrites(world, 'ada', { phase: 'Removed', target: 'absent', steps: withSteps('gone') })
  await notify('local', uid, ports)
  expect(messagesIn(stage).map(({ text }) => text.split('\n')[0])).toEqual([
    'local/ada is Removed, 8 of 8 steps done.',
    '<@U0YOU> local/ada is Removed.',
  ])
  expect([records.watches.size, office.refusals]).toEqual([0, []])
})
