import { describe, expect, test } from 'vitest'
import { apiClient } from '../../shared/api/client.ts'
import { router } from '../../shared/commands/router.ts'
import { slackStage, textOf } from './stage.ts'

/** Somebody in Slack who is not linked, the code they were given, and eve, who is signed in. */
async function unlinked() {
  const stage = await slackStage()
  const { records, client, person, world } = stage
  await records.putLink(person('U0BOB'), undefined)
  await client.command('U0BOB', 'link')
  const [kept = ''] = [...records.offers.keys()]
  // A code as the database makes it.
  const code = kept.padEnd(43, 'x')
  records.offers.set(
    code,
    records.offers.get(kept) ?? { offer: { for: 'link', person: person('U0BOB'), plane: 'local' }, untilMs: 0 },
  )
  const caller = { actor: 'bob@example.com', owns: (owner: string) => owner === 'bob@example.com' }
  const ports = { ...world.ports, slack: records, authenticate: async () => ({ is: 'caller', caller }) as const }
  const api = apiClient({ url: 'http://127.0.0.1', token: 'any', fetch: router(ports) })
  return { ...stage, code, api }
}

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

  test.each(['', 'short', 'x'.repeat(44), `${'x'.repeat(42)}/`])('"%s" is no code', async (code) => {
    const { api } = await unlinked()
    await expect(api.linkSlack({ code })).rejects.toMatchObject({ status: 422 })
  })

  test('is nothing where there is no Slack', async () => {
    const { world, code } = await unlinked()
    await expect(world.api.linkSlack({ code })).rejects.toMatchObject({ status: 409, body: { code: 'NoSlack' } })
  })
})
