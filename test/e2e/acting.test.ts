import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { hasEmulators, installationOfFile, wantEmulators } from './installation.ts'
import type { OpenClaw } from './installed-plugin.ts'
import { slackPerson } from './slack-person.ts'
import type { SlackPerson } from './slack-person.ts'
import { PEOPLE, typedRights } from './typed-rights.ts'
import type { Standing } from './typed-rights.ts'
import { typedVerbs } from './typed-verbs.ts'
import { BOOT_MS, typing } from './typing.ts'
import type { Entry } from './typing.ts'

const installation = installationOfFile(29_000)
const { adaRuns, admitPeople, doneSince, newestEntry, typeEach, untilAda } = typing(installation)
const PATIENT = { timeout: BOOT_MS }

beforeAll(async () => {
  if (!hasEmulators) return
  await installation().start()
  await untilAda('Ready')
  await admitPeople()
}, 2 * BOOT_MS)

beforeEach(wantEmulators)

const local = 'local@localhost'

describe('every verb typed to planes', () => {
  const verbs = typedVerbs('cli')

  test(
    'works on a real agent, and leaves one entry where it changes something',
    { timeout: verbs.length * 15_000 },
    async () => {
      const each = typeEach(verbs, installation().planes, { actor: local, surface: 'cli' })
      for await (const [seen, wanted] of each) expect(seen).toEqual(wanted)
    },
  )
})

describe('every verb typed in Slack', () => {
  let you: SlackPerson
  let before: string | undefined
  const expected: Entry[] = []

  beforeAll(adaRuns, BOOT_MS)

  const says = async (text: string, answer: RegExp, audited?: string, actor = local, who = you) => {
    expect([text, await who.type(text)]).toEqual([text, expect.stringMatching(answer)])
    if (audited !== undefined) expected.push({ actor, surface: 'slack', action: audited })
    expect(await doneSince(before)).toEqual(expected)
  }

  test('works on a real agent, and leaves one entry where it changes something', PATIENT, async () => {
    you = await slackPerson(installation(), 'U0YOU')
    const [, code = ''] = /planes slack link (\S+?)`/.exec(await you.type('link')) ?? []
    expect(await installation().planes(['slack', 'link', code, '--yes'])).toMatchObject({ code: 0 })
    before = await newestEntry()
    await says('whoami', /You are \*local@localhost\*, an admin of \*local\*\. Your agents: ada/)
    await says('status', /ada: Ready/)
    await says('show ada', /local\/ada is Ready/)
    await says('logs ada', /\[gateway\]|info/)
    await says('cost', /ada: nobody sends a bill/)
    await says('restart ada', /is being restarted/, 'restart')
    await says('stop ada', /is being stopped/, 'stop')
    await untilAda('Stopped')
    await says('start ada', /is being started/, 'start')
    await untilAda('Ready')
    await says('retry ada', /no step of it has failed/)
    await says('secret set notes hush', /never go through Slack/)
    const ada = await slackPerson(installation(), 'U0ADA')
    await says('open', /planes open --plane local --name ada/, 'open-agent', 'ada@example.com', ada)
    const bob = await slackPerson(installation(), 'U0BOB')
    await says('restart ada', /bob@example.com may not do this/, undefined, '', bob)
    await says('add <@U0BOB|bob>', /is being made for bob@example.com/, 'add-agent')
    await you.remove('bob')
    expected.push({ actor: local, surface: 'slack', action: 'remove-agent' })
    const lastWord = async () => (await you.messages()).at(-1)
    await vi.waitUntil(async () => (await lastWord())?.includes('local/bob is Removed'), {
      timeout: BOOT_MS,
      interval: 200,
    })
    await says('unlink', /The link is forgotten/, 'slack-unlink')
    expect(await you.refusals()).toEqual([])
  })
})

// What admins may, all of it, the other surfaces' tests type.
const WHO: readonly Standing[] = ['viewer', 'owner']

describe('whoever acts through planes', () => {
  test.each(WHO)('as %s has the rights of that, and leaves one entry for each change', PATIENT, async (who) => {
    const actor = PEOPLE[who]
    await untilAda('Ready')
    const as: OpenClaw = (args, input) => installation().planes([...args, '--context', actor], input)
    const each = typeEach(typedRights(who, 'cli'), as, { actor, surface: 'cli' })
    for await (const [seen, wanted] of each) expect(seen).toEqual(wanted)
  })
})
