import { describe, expect, test } from 'vitest'
import { apiClient } from '../../shared/api/client.ts'
import { router } from '../../shared/commands/router.ts'
import type { CommandPorts } from '../../shared/commands/ports.ts'
import { ProviderError } from '../../shared/ports/errors.ts'
import type { FakeSlackRecords } from '../fakes/slack-records.ts'
import { slackStage, textOf } from './stage.ts'

/** Somebody in Slack who is not linked, the code they were given, and eve, who is signed in. */
async function unlinked(
  slackOf: (records: FakeSlackRecords) => NonNullable<CommandPorts['slack']> = (records) => records,
) {
  const stage = await slackStage()
  const { records, client, person, world } = stage
  await records.putLink(person('U0BOB'), undefined)
  await client.command('U0BOB', 'link')
  const [code = ''] = records.offers.keys()
  const caller = { actor: 'bob@example.com', owns: (owner: string) => owner === 'bob@example.com' }
  const ports = {
    ...world.ports,
    slack: slackOf(records),
    authenticate: async () => ({ is: 'caller', caller }) as const,
  }
  const handle = router(ports)
  const keyed = (key: string) => apiClient({ url: 'http://127.0.0.1', token: 'any', fetch: handle, key })
  const api = apiClient({ url: 'http://127.0.0.1', token: 'any', fetch: handle })
  return { ...stage, code, api, keyed }
}

const lost = new ProviderError('Unavailable', 'no answer came')

describe('a one-time link', () => {
  test('says whose it is, and then makes both the same person, with one entry', async () => {
    const { api, code, client, world } = await unlinked()
    const whose = { team: 'T0LOCAL', user: 'U0BOB', actor: 'bob@example.com' }
    expect(await api.linkSlack({ code, dryRun: true })).toEqual({ ...whose, linked: false })
    expect(await api.linkSlack({ code })).toEqual({ ...whose, linked: true })
    expect(textOf(await client.command('U0BOB', 'whoami'))).toContain('You are *bob@example.com*')
    expect(world.trail.map(({ plane, entry }) => [plane, entry.action, entry.member, entry.after])).toEqual([
      ['local', 'slack-link', 'bob@example.com', { team: 'T0LOCAL', user: 'U0BOB' }],
    ])
  })

  test('whose answer was lost is linked, by the same request sent again, with one entry', async () => {
    const { keyed, code, records, world } = await unlinked()
    const api = keyed('one-wish-1234')
    await api.linkSlack({ code })
    expect(await api.linkSlack({ code })).toMatchObject({ user: 'U0BOB', actor: 'bob@example.com', linked: true })
    expect(records.people.get('T0LOCAL_U0BOB')).toMatchObject({ email: 'bob@example.com' })
    expect(world.trail.map(({ entry }) => [entry.action, entry.key])).toEqual([['slack-link', 'one-wish-1234']])
    await expect(keyed('another-wish-1').linkSlack({ code })).rejects.toMatchObject({ status: 404 })
  })

  test('sent many times at once is taken up once', async () => {
    const { keyed, code, world } = await unlinked()
    const api = keyed('one-wish-1234')
    const answers = await Promise.all([1, 2, 3].map(() => api.linkSlack({ code })))
    expect(answers.map(({ linked }) => linked)).toEqual([true, true, true])
    expect(world.trail).toHaveLength(1)
  })

  test('that was written although the store said nothing is linked, by the same request sent again', async () => {
    let answers = 0
    const { keyed, code, world } = await unlinked((records) => ({
      ...records,
      takeLink: async (...wanted) => {
        const taken = await records.takeLink(...wanted)
        if (answers++ === 0) throw lost
        return taken
      },
    }))
    const api = keyed('one-wish-1234')
    await expect(api.linkSlack({ code })).rejects.toMatchObject({ status: 503 })
    expect(await api.linkSlack({ code })).toMatchObject({ linked: true })
    expect([answers, world.trail.length]).toEqual([1, 1])
  })

  test('whose entry cannot be written links nobody, and still stands', async () => {
    const { keyed, code, records, world } = await unlinked()
    const { audit } = records
    records.audit = async () => {
      throw lost
    }
    await expect(keyed('one-wish-1234').linkSlack({ code })).rejects.toMatchObject({ status: 503 })
    expect([records.people.get('T0LOCAL_U0BOB')?.email, world.trail]).toEqual([undefined, []])
    records.audit = audit
    expect(await keyed('one-wish-1234').linkSlack({ code })).toMatchObject({ linked: true })
  })

  test.each([
    [
      'that was used',
      async ({ api, code }: Awaited<ReturnType<typeof unlinked>>) => void (await api.linkSlack({ code })),
    ],
    ['that is over', async ({ world }: Awaited<ReturnType<typeof unlinked>>) => void (world.clock.ms += 15 * 60_000)],
    ['that was made up', async ({ records }: Awaited<ReturnType<typeof unlinked>>) => records.offers.clear()],
  ])('%s links nobody', async (_, before) => {
    const stage = await unlinked()
    await before(stage)
    const links = JSON.stringify([...stage.records.people])
    await expect(stage.api.linkSlack({ code: stage.code })).rejects.toMatchObject({
      status: 404,
      body: { code: 'NoSuchCode' },
    })
    expect(JSON.stringify([...stage.records.people])).toBe(links)
  })

  test('of something else is no link', async () => {
    const { api, code, records, person } = await unlinked()
    const offer = { for: 'removal', person: person('U0BOB'), plane: 'local', name: 'ada', uid: 'u' } as const
    records.offers.set(code, { offer, untilMs: Number.MAX_SAFE_INTEGER })
    await expect(api.linkSlack({ code })).rejects.toMatchObject({ status: 404 })
  })

  test.each(['', 'short', 'a'.repeat(65), `-${'a'.repeat(63)}`])('"%s" is no code', async (code) => {
    const { api } = await unlinked()
    await expect(api.linkSlack({ code })).rejects.toMatchObject({ status: 422 })
  })

  test('is nothing where there is no Slack', async () => {
    const { world, code } = await unlinked()
    await expect(world.api.linkSlack({ code })).rejects.toMatchObject({ status: 409, body: { code: 'NoSlack' } })
  })
})
