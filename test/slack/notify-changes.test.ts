import { describe, expect, test } from 'vitest'
import type { AgentStatus } from '../../shared/documents/status.ts'
import { notify } from '../../shared/slack/notify.ts'
import { engineWrites } from '../fakes/commands.ts'
import { messagesIn, slackStage, textOf, withSteps } from './stage.ts'

const ADMIN = 'U0YOU'

/** The agent `ada` as it stands, after people of the workspace asked for something. */
async function changing(asked: readonly (readonly [string, string])[], before: Partial<AgentStatus> = {}) {
  const stage = await slackStage()
  const { world, client, records } = stage
  if (before.target === 'parked') await world.api.stopAgent({ plane: 'local', name: 'ada' })
  const old = await engineWrites(world, 'ada', { steps: withSteps('ready'), ...before })
  const answers: string[] = []
  for (const [user, text] of asked) answers.push(textOf(await client.command(user, text)))
  const say = async (changes: Partial<AgentStatus>) => {
    world.clock.ms += 5000
    await engineWrites(world, 'ada', { steps: withSteps('ready'), ...changes })
    await notify('local', old.uid, stage.notify)
  }
  const meanwhile = { phase: 'Provisioning', observedGeneration: old.observedGeneration } as const
  return { ...stage, answers, old, say, meanwhile, watching: () => records.watches.size }
}

const FAILED = { state: 'failed', attempt: 3, reason: 'Stockout', message: 'no room in us-east4' } as const

describe('whoever changes an agent', () => {
  const stopped = { phase: 'Stopped', target: 'parked' } as const
  const broken = { phase: 'Degraded', steps: { ...withSteps('ready'), runtime: { ...FAILED, sinceMs: 7 } } } as const

  test.each([
    ['restart', {}, { phase: 'Ready' }, 'Ready: /planes open ada'],
    ['stop', {}, stopped, 'Stopped.'],
    ['start', stopped, { phase: 'Ready' }, 'Ready: /planes open ada'],
    ['retry', broken, { phase: 'Ready' }, 'Ready: /planes open ada'],
  ] as const)('sees one message until it is done, and is told so once: %s', async (verb, before, after, told) => {
    const stage = await changing([['U0ADA', verb]], before)
    const { say, meanwhile, old, answers, office, watching } = stage
    expect(answers[0]).toContain('I keep you posted in a direct message')
    await say(old)
    expect([messagesIn(stage).length, watching()]).toEqual([1, 1])
    await say({ ...meanwhile, steps: { ...withSteps('ready'), runtime: { state: 'doing', attempt: 1 } } })
    expect(messagesIn(stage)[0]?.text).toContain('local/ada is Provisioning, 7 of 8 steps done')
    await say(after)
    expect(messagesIn(stage).map(({ channel, text }) => [channel, text.split('\n')[0]])).toEqual([
      ['DU0ADA', `local/ada is ${after.phase}, 8 of 8 steps done.`],
      ['DU0ADA', `<@U0ADA> local/ada is ${told}`],
    ])
    expect([office.refusals, watching()]).toEqual([[], 0])
  })

  test('has a message of their own, whoever else asks for what', async () => {
    const stage = await changing([
      ['U0ADA', 'restart'],
      [ADMIN, 'stop ada'],
    ])
    const { say, meanwhile, watching } = stage
    await say(meanwhile)
    await say({ phase: 'Stopped', target: 'parked' })
    expect(
      messagesIn(stage)
        .map(({ channel, text }) => `${channel} ${text.split('\n')[0]}`)
        .toSorted(),
    ).toEqual([
      'DU0ADA <@U0ADA> local/ada is Stopped.',
      'DU0ADA local/ada is Stopped, 8 of 8 steps done.',
      'DU0YOU <@U0YOU> local/ada is Stopped.',
      'DU0YOU local/ada is Stopped, 8 of 8 steps done.',
    ])
    expect(watching()).toBe(0)
  })

  test('is shown it although another one’s message cannot be written, which is written when the event comes again', async () => {
    const stage = await changing([
      ['U0ADA', 'restart'],
      [ADMIN, 'restart ada'],
    ])
    const { notify: ports, old, world, meanwhile } = stage
    await engineWrites(world, 'ada', meanwhile)
    const api = await ports.slack()
    const post: typeof api.post = (user, message) =>
      user === ADMIN ? Promise.reject(new Error('away')) : api.post(user, message)
    await expect(notify('local', old.uid, { ...ports, slack: async () => ({ ...api, post }) })).rejects.toThrow('away')
    expect(messagesIn(stage).map(({ channel }) => channel)).toEqual(['DU0ADA'])
    await notify('local', old.uid, ports)
    expect(messagesIn(stage).map(({ channel }) => channel)).toEqual(['DU0ADA', 'DU0YOU'])
  })

  test('is told that it failed again, and nothing of the failure before', async () => {
    const stage = await changing([['U0ADA', 'retry']], broken)
    const { say, meanwhile, old } = stage
    await say(old)
    await say({ ...meanwhile, steps: { ...broken.steps, runtime: { state: 'doing', attempt: 1 } } })
    const again = { ...meanwhile, ...broken, steps: { ...broken.steps, runtime: { ...FAILED, sinceMs: 8 } } }
    await say(again)
    await say({ ...again, steps: { ...again.steps, channels: { state: 'waiting', attempt: 1 } } })
    const told = messagesIn(stage).slice(1)
    expect(told.map(({ text }) => text)).toEqual(['<@U0ADA> local/ada failed. Try again: /planes retry ada'])
  })

  test('who asks for what was asked before is kept posted, too, until it is so', async () => {
    const stage = await changing([
      ['U0ADA', 'stop'],
      [ADMIN, 'stop ada'],
    ])
    expect(stage.answers[1]).toMatch(/\*ada\* is wanted so already, and is .*Ready. I keep you posted/)
    await stage.say({ phase: 'Stopped', target: 'parked' })
    expect(stage.watching()).toBe(0)
    expect(textOf(await stage.client.command('U0ADA', 'stop'))).toContain('is as you want it already')
    expect(stage.watching()).toBe(0)
  })
})

test('an agent that is Ready already is said to be so, and nobody waits for it', async () => {
  const stage = await slackStage()
  const answer = await stage.client.command(ADMIN, 'add <@U0ADA|ada>')
  expect(JSON.stringify(answer.body)).toContain('as you want it already')
  expect(stage.records.watches.size).toBe(0)
})

test('a status that nobody watches is nothing to tell', async () => {
  const stage = await slackStage()
  await notify('local', 'nobodyhere', stage.notify)
  expect(stage.office.messages.size).toBe(0)
})
