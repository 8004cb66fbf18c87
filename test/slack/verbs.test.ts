import { describe, expect, test } from 'vitest'
import { engineWrites } from '../fakes/commands.ts'
import { slackStage, textOf, withSteps } from './stage.ts'

const ADMIN = 'U0YOU'
const OWNER = 'U0ADA'
const STRANGER_HERE = 'U0BOB'
const VIEWER = 'U0VERA'

/** A word that an answer has, for each verb that works. */
const happy: readonly (readonly [user: string, text: string, says: RegExp, audited?: string])[] = [
  [ADMIN, 'help', /\/planes status/],
  [ADMIN, '', /\/planes status/],
  [ADMIN, 'status', /local is Ready.*ada: Ready/s],
  [VIEWER, 'ls', /ada: Ready/],
  [OWNER, 'status', /Your agents in local.*ada: Ready/s],
  [ADMIN, 'status ada', /local\/ada is Ready/],
  [OWNER, 'show', /Owner: ada@example.com/],
  [ADMIN, 'show ada --plane local', /local\/ada is Ready/],
  [OWNER, 'logs', /gateway started/],
  [ADMIN, 'logs ada --lines 1', /gateway started/],
  [OWNER, 'restart', /is being restarted/, 'restart'],
  [OWNER, 'stop', /is being stopped/, 'stop'],
  [ADMIN, 'restart ada', /is being restarted/, 'restart'],
  [OWNER, 'cost', /ada: nobody sends a bill/],
  [ADMIN, 'cost', /Together about \$0\.00 so far this month, about \$0\.00 a month/],
  [OWNER, 'whoami', /You are \*ada@example.com\*. Your agents: ada/],
  [ADMIN, 'whoami', /an admin of \*local\*/],
  [OWNER, 'open', /planes open --plane local --name ada/, 'open-agent'],
  [ADMIN, 'add <@U0BOB|bob>', /\*bob\* is being made for bob@example.com/, 'add-agent'],
  [ADMIN, 'add <@U0BOB|bob> helper --vm-type e2-small', /\*helper\* is being made/, 'add-agent'],
  [ADMIN, 'remove ada', /Remove local\/ada for good\?/],
  [ADMIN, 'secret set openai-api-key sk-1234567890', /never go through Slack/],
  [ADMIN, 'link', /You are linked to \*admin@example.com\*/],
  [ADMIN, 'unlink', /The link is forgotten/, 'slack-unlink'],
]

const works = happy.map(([user, text, says, audited]) => [user, text, says, audited] as const)

describe('a verb', () => {
  test.each(works)('of %s: "%s" answers, and leaves at most one entry', async (user, text, says, audited) => {
    const { world, client, office } = await slackStage()
    world.lines.push({ atMs: world.clock.ms - 1000, severity: 'info', text: 'gateway started' })
    const answer = await client.command(user, text)
    expect([answer.status, textOf(answer)]).toEqual([200, expect.stringMatching(says)])
    expect(answer.body).toMatchObject({ response_type: 'ephemeral' })
    const entries = world.trail.map(({ entry }) => [entry.action, entry.surface])
    expect(entries).toEqual(audited === undefined ? [] : [[audited, 'slack']])
    expect(office.refusals).toEqual([])
  })

  const sad: readonly (readonly [user: string, text: string, says: RegExp])[] = [
    [ADMIN, 'statsu', /Did you mean `status`\?/],
    [ADMIN, 'remvoe ada', /Did you mean `remove`\?/],
    [ADMIN, 'frobnicate', /^There is no such verb\.\nAll verbs: `\/planes help`$/],
    [STRANGER_HERE, 'status', /bob@example.com may not do this; an admin or a viewer or the agent's owner may/],
    [ADMIN, 'status nobody', /has no agent "nobody".*It has: ada/s],
    [ADMIN, 'status --plane elsewhere', /There is no plane "elsewhere".*There is: local/s],
    [OWNER, 'status --plane elsewhere', /There is no plane "elsewhere".*There is: local/s],
    [ADMIN, 'show', /You have no agent of your own here/],
    [STRANGER_HERE, 'show ada', /may not do this/],
    [ADMIN, 'show Ada!', /name must be 1 to 40 lower-case letters/],
    [ADMIN, 'show <@U0ADA|ada>', /wants the name of an agent, not a person/],
    [VIEWER, 'logs ada', /an admin or the agent's owner may/],
    [ADMIN, 'logs ada --lines 0', /`--lines` is a number from 1 to 100/],
    [ADMIN, 'logs ada --lines', /`--lines` wants a value/],
    [ADMIN, 'logs ada --purge', /has no option `--purge`/],
    [VIEWER, 'restart ada', /an admin or the agent's owner may/],
    [OWNER, 'restart ada bob', /one agent at a time/],
    [VIEWER, 'stop ada', /may not do this/],
    [OWNER, 'start', /as you want it already/],
    [OWNER, 'retry', /no step of it has failed: there is nothing to retry/],
    [STRANGER_HERE, 'retry ada', /may not do this/],
    [STRANGER_HERE, 'cost', /may not do this/],
    [ADMIN, 'cost nobody', /has no agent "nobody"/],
    [ADMIN, 'open ada', /the agent's owner may/],
    [OWNER, 'add <@U0BOB|bob>', /may not do this; an admin may/],
    [ADMIN, 'add bob', /Who is it for\? Mention the person/],
    [ADMIN, 'add <@U0BOB|b> <@U0ADA|a>', /one owner/],
    [ADMIN, 'add <@U0GUEST|g>', /has not linked their Slack account/],
    [ADMIN, 'add <@U0BOB|bob> Bob', /name must be/],
    [ADMIN, 'add <@U0BOB|bob> ada', /has an agent "ada" already, with another owner/],
    [ADMIN, 'add <@U0BOB|bob> --vm-type huge', /machineType/],
    [ADMIN, 'remove', /Which agent\? Give its name/],
    [OWNER, 'remove ada', /may not do this; an admin may/],
    [ADMIN, 'remove nobody', /has no agent "nobody"/],
    [ADMIN, 'whoami --loud', /has no option/],
  ]
  test.each(sad)('of %s: "%s" says what is wrong, and does nothing', async (user, text, says) => {
    const { world, client, office, records } = await slackStage()
    const answer = await client.command(user, text)
    expect([answer.status, textOf(answer)]).toEqual([200, expect.stringMatching(says)])
    expect([world.trail, [...records.watches.keys()], office.refusals]).toEqual([[], [], []])
  })

  test('of logs shows the last of however many lines', async () => {
    const { world, client } = await slackStage()
    for (let n = 1; n <= 1500; n++)
      world.lines.push({ atMs: world.clock.ms - 2000 + n, severity: 'info', text: `line ${n}` })
    const text = textOf(await client.command(OWNER, 'logs --lines 2'))
    expect(text.split('\n').map((line) => line.replace(/^.* info /, ''))).toEqual(['ada:', 'line 1499', 'line 1500'])
  })

  test('on a failed agent is done once more', async () => {
    const { world, client } = await slackStage()
    const failed = {
      ...withSteps('ready'),
      machine: { state: 'failed', attempt: 3, reason: 'Stockout', message: 'no room' },
    } as const
    await engineWrites(world, 'ada', { phase: 'Failed', steps: failed })
    expect(textOf(await client.command(ADMIN, 'status'))).toContain('step machine failed: no room')
    expect(textOf(await client.command(OWNER, 'retry'))).toContain('does its failed steps once more')
    expect(world.trail.map(({ entry }) => [entry.actor, entry.action])).toEqual([['ada@example.com', 'retry']])
  })

  test('on a stopped agent starts it', async () => {
    const { world, client } = await slackStage()
    await client.command(OWNER, 'stop')
    await engineWrites(world, 'ada', { phase: 'Stopped', target: 'parked' })
    expect(textOf(await client.command(OWNER, 'start ada'))).toContain('is being started')
  })
})

test('what was typed after "secret" is nowhere: not in the answer, not in the log, not in what is kept', async () => {
  const { client, lines, records, world } = await slackStage()
  const answer = await client.command(ADMIN, 'secret set key sk-live-1234567890')
  const kept = JSON.stringify([answer.body, lines, [...records.claims.values()], world.trail])
  expect(kept).not.toContain('1234567890')
})

test('nothing that signs in is sent', async () => {
  const { client } = await slackStage()
  expect(JSON.stringify((await client.command(OWNER, 'open')).body)).not.toMatch(/token=|secret-of/)
})
