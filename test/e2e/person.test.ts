import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { AgentView } from '../../shared/api/views.ts'
import { membersOf } from '../../shared/process/members.ts'
import { isListening } from '../../shared/process/tcp-ports.ts'
import { gatewayOf, isProven, look, ping } from './ada.ts'
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

let greeting: string

beforeAll(async () => {
  if (hasEmulators) greeting = await installation().start()
}, 2 * BOOT_MS)

beforeEach(wantEmulators)

const proven = async (): Promise<AgentView> => {
  await vi.waitUntil(async () => isProven(await look(installation())), { timeout: BOOT_MS, interval: 1_000 })
  return look(installation())
}

test('npm start gives a person an agent that answers', PATIENT, async () => {
  expect(greeting).toContain('ada is Ready')
  const { gatewayUrl = '' } = await proven()
  expect(greeting).toContain(gatewayUrl)
  expect((await fetch(gatewayUrl)).status).toBe(200)
  expect(await ping(installation())).toContain('[demo model] pong')
})

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

const WHO: readonly Standing[] = ['viewer', 'owner', 'admin']

describe('whoever acts through planes', () => {
  beforeAll(admitPeople)

  test.each(WHO)('as %s has the rights of that, and leaves one entry for each change', PATIENT, async (who) => {
    const actor = PEOPLE[who]
    await untilAda('Ready')
    const as: OpenClaw = (args, input) => installation().planes([...args, '--context', actor], input)
    const each = typeEach(typedRights(who, 'cli'), as, { actor, surface: 'cli' })
    for await (const [seen, wanted] of each) expect(seen).toEqual(wanted)
  })
})

test(
  'an agent heals, survives a restart of its plane, and goes without a trace',
  { timeout: 3 * BOOT_MS },
  async () => {
    const { start, stop, state, planes } = installation()
    const first = await proven()
    process.kill(await gatewayOf(first), 'SIGKILL')
    await vi.waitUntil(async () => (await look(installation())).phase !== 'Ready', { timeout: 60_000, interval: 500 })
    const healed = await proven()

    expect(await stop()).toBe(0)
    expect(await membersOf(healed.machineId ?? '')).toEqual([])
    await start()
    // Her port is another one when somebody took the former while she was stopped.
    const { uid, machineId = '', gatewayUrl = '' } = await proven()
    expect(uid).toBe(first.uid)

    const removed = await planes(['remove-agent', '--plane', 'local', '--name', 'ada', '--purge', '--yes', '--wait'])
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining('Purged') as string })
    expect(await membersOf(machineId)).toEqual([])
    expect(await isListening(Number(new URL(gatewayUrl).port))).toBe(false)
    expect(await readdir(join(state, 'agents'))).not.toContain(uid)
    expect(await stop()).toBe(0)
  },
)
