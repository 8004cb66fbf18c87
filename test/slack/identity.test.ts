import { describe, expect, test } from 'vitest'
import { runErrand } from '../../shared/slack/notify.ts'
import { standingOf } from '../../shared/slack/identify.ts'
import type { SlackUser } from '../../shared/ports/slack.ts'
import { slackStage, textOf } from './stage.ts'

const DAY_MS = 24 * 3_600_000

test('whoever stands for all owners, as on a local plane, means their one agent when they name none', async () => {
  const { client } = await slackStage({
    alter: (ports) => ({ ...ports, callerOf: () => ({ actor: 'local@localhost', role: 'admin', owns: () => true }) }),
  })
  expect(textOf(await client.command('U0YOU', 'whoami'))).toContain('Your agents: ada.')
  expect(textOf(await client.command('U0YOU', 'show'))).toContain('local/ada is Ready')
})

describe('somebody', () => {
  test.each([
    ['U0GUEST', /Guests of this workspace have no access/],
    ['U0BOT', /Bots have no access/],
    ['U0GONE', /has been deactivated/],
    ['U0OTHER', /other organisations have no access/],
  ])('who is %s is refused, and offered no link', async (user, says) => {
    const { client, records } = await slackStage()
    for (const text of ['status', 'link', 'whoami', 'restart ada']) {
      expect(textOf(await client.command(user, text))).toMatch(says)
    }
    expect(records.offers.size).toBe(0)
  })

  test('whom nobody knows is refused', async () => {
    const { client, records } = await slackStage()
    expect(textOf(await client.command('U0NOBODY', 'status'))).toContain('could not be asked who you are')
    expect(records.offers.size).toBe(0)
  })

  test('who is not linked gets a code that works once, for a quarter of an hour', async () => {
    const { client, records, person, world } = await slackStage()
    await records.putLink(person('U0ADA'), undefined)
    const text = textOf(await client.command('U0ADA', 'status'))
    const [code = '', kept] = [...records.offers][0] ?? []
    expect(text).toContain(`planes slack link ${code}`)
    expect(kept).toEqual({
      offer: { for: 'link', person: person('U0ADA'), plane: 'local' },
      untilMs: world.clock.ms + 15 * 60_000,
    })
  })

  test.each([
    ['and no page, where there is none', undefined, ''],
    ['and a page that takes up the code', 'https://agents.acme.com/link', 'https://agents.acme.com/link'],
  ])('who is not linked is told the command to run, %s', async (_, linkUrl, page) => {
    const { client, records, person, office } = await slackStage({
      alter: (ports) => ({ ...ports, settings: { ...ports.settings, linkUrl } }),
    })
    await records.putLink(person('U0ADA'), undefined)
    const text = textOf(await client.command('U0ADA', 'link'))
    const [code = ''] = records.offers.keys()
    const opened = page && `\nOr sign in on <${page}#${code}|this page>.`
    expect(text).toBe(
      'Your Slack account is not linked yet. Within 15 minutes, run this in a terminal where `planes` is signed in:\n' +
        `\`\`\`planes slack link ${code}\`\`\`${opened}\n` +
        'It asks whether that is you: type yes. ' +
        'It works once and makes whoever runs it answer for what you do here: never pass it on.',
    )
    expect(office.refusals).toEqual([])
  })

  test('who is mentioned is asked about, too, unless it was done within a day', async () => {
    const { client, world, records, person } = await slackStage()
    records.people.set('T0LOCAL_U0BOB', { email: 'bob@example.com', checkedAtMs: 0 })
    expect(textOf(await client.command('U0YOU', 'add <@U0BOB|bob>'))).toContain('is being made for bob@example.com')
    await records.putLink(person('U0GONE'), 'gone@example.com')
    await records.putStanding(person('U0GONE'), 'member', world.clock.ms - DAY_MS)
    expect(textOf(await client.command('U0YOU', 'add <@U0GONE|gone>'))).toContain('has not linked')
    expect(world.trail.map(({ entry }) => entry.agent)).toEqual(['bob'])
  })

  test('is asked about once a day, and not more often', async () => {
    const asked: string[] = []
    const { client, world } = await slackStage({
      alter: (ports) => ({
        ...ports,
        notifier: {
          run: async (errand) => {
            asked.push(errand.do)
            await ports.notifier.run(errand)
          },
        },
      }),
    })
    await client.command('U0ADA', 'status')
    world.clock.ms += DAY_MS - 1
    await client.command('U0ADA', 'status')
    expect(asked).toEqual([])
    world.clock.ms += 1
    await client.command('U0ADA', 'status')
    await client.command('U0ADA', 'status')
    expect(asked).toEqual(['check'])
  })

  test('who became a guest since is refused, though linked', async () => {
    const { client, world, office } = await slackStage()
    office.people.splice(0, office.people.length, { id: 'U0ADA', name: 'ada', isGuest: true })
    expect(textOf(await client.command('U0ADA', 'status'))).toContain('ada: Ready')
    world.clock.ms += DAY_MS
    expect(textOf(await client.command('U0ADA', 'status'))).toContain('Guests of this workspace')
  })

  test('whom Slack cannot be asked about is refused, though linked', async () => {
    const { client, world, lines } = await slackStage({
      alter: (ports) => ({ ...ports, notifier: { run: () => Promise.reject(new Error('away')) } }),
    })
    world.clock.ms += DAY_MS
    expect(textOf(await client.command('U0ADA', 'restart'))).toContain('could not be asked who you are')
    expect([world.trail, lines]).toEqual([[], ['error slack.unchecked']])
  })

  test('has the rights of the account, and no others', async () => {
    const { client, world } = await slackStage()
    await client.command('U0ADA', 'restart')
    world.members.set('local/ada@example.com', { email: 'ada@example.com', role: 'viewer', createdAt: '' })
    expect(textOf(await client.command('U0ADA', 'status'))).toContain('local is Ready')
    expect(world.trail.map(({ entry }) => entry.actor)).toEqual(['ada@example.com'])
  })

  test('who asks too much is told to wait', async () => {
    const { client } = await slackStage()
    let last = ''
    for (let i = 0; i < 601; i++) last = textOf(await client.command('U0ADA', 'whoami'))
    expect(last).toContain('You ask too much at once')
  })
})

const user = (changes: Partial<SlackUser>): SlackUser => ({
  team: 'T1',
  isDeleted: false,
  isBot: false,
  isGuest: false,
  isStranger: false,
  ...changes,
})

test.each([
  ['member', user({}), {}],
  ['guest', user({ isGuest: true }), {}],
  ['bot', user({ isBot: true, isGuest: true }), {}],
  ['deleted', user({ isDeleted: true, isBot: true }), {}],
  ['stranger', user({ team: 'T2' }), {}],
  ['stranger', user({ team: undefined }), {}],
  ['stranger', user({ isStranger: true }), {}],
  ['stranger', user({ team: 'T2', enterprise: 'E2' }), { enterprise: 'E1' }],
  ['member', user({ team: 'T2', enterprise: 'E1' }), { enterprise: 'E1' }],
  ['stranger', user({ team: 'T2' }), { enterprise: 'E1' }],
] as const)('%s: %j', (standing, found, more) => {
  expect(standingOf(found, { team: 'T1', user: 'U1', ...more })).toBe(standing)
})

test('an errand for an offer that is over opens nothing', async () => {
  const { notify, office } = await slackStage()
  await expect(runErrand({ do: 'open', triggerId: 't', offer: 'gone' }, notify)).rejects.toMatchObject({
    kind: 'NotFound',
  })
  expect(office.views.size).toBe(0)
})
