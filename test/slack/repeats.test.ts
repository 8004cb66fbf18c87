import { describe, expect, test } from 'vitest'
import { commandBody } from '../../infra/local/slack/signed.ts'
import { SENDER, good, headed, send } from './sent.ts'
import type { Sent } from './sent.ts'
import { slackStage } from './stage.ts'

describe('a replay', () => {
  test.each([0, 1, 60, 299])('%i s later is refused, and nothing is done twice', async (laterS) => {
    const { functionUrl, world, lines } = await slackStage()
    const sent = good(world.clock.ms)
    expect((await send(functionUrl, sent)).status).toBe(200)
    world.clock.ms += laterS * 1000
    const again = await send(functionUrl, sent)
    expect([again.status, await again.text()]).toEqual([401, ''])
    expect(world.trail).toHaveLength(1)
    expect(lines).toContain('warn slack.refused replayed')
  })

  test('under a new signature is refused by its trigger', async () => {
    const { functionUrl, world } = await slackStage()
    await send(functionUrl, good(world.clock.ms))
    expect((await send(functionUrl, good(world.clock.ms + 2000))).status).toBe(401)
    expect(world.trail).toHaveLength(1)
  })

  test('that arrives at the same moment is done once', async () => {
    const { functionUrl, world } = await slackStage()
    const sent = good(world.clock.ms)
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(functionUrl, sent)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(7)
    expect(world.trail).toHaveLength(1)
  })
})

const again = (sent: Sent): Sent => headed(sent, { 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' })

describe('what Slack sends again', () => {
  test('is answered as before, and not done again', async () => {
    const { functionUrl, world } = await slackStage()
    const sent = good(world.clock.ms)
    const first = await (await send(functionUrl, sent)).text()
    const second = await (await send(functionUrl, again(sent))).text()
    expect([second, world.trail.length]).toEqual([first, 1])
  })

  test('while the first is under way is told so', async () => {
    const { functionUrl, world, records, ports } = await slackStage()
    records.claims.set(ports.hash('T0LOCAL 1.2.x'), undefined)
    expect(await (await send(functionUrl, again(good(world.clock.ms)))).text()).toContain('being done already')
    expect(world.trail).toEqual([])
  })

  test.each([
    ['status', /ada/],
    ['help', /every step/],
  ])('is read anew where it only reads, and not kept: %s', async (typed, told) => {
    const { functionUrl, world, records } = await slackStage()
    const sent = good(world.clock.ms, commandBody(typed, SENDER))
    const answers = [await send(functionUrl, sent), await send(functionUrl, again(sent))]
    for (const answer of answers) expect(await answer.text()).toMatch(told)
    expect([...records.claims.values()]).toEqual([undefined])
    expect((await send(functionUrl, sent)).status).toBe(401)
  })

  test.each(['link', 'status'])('gets no second code to link with: %s', async (typed) => {
    const { functionUrl, world, records, person } = await slackStage()
    await records.putLink(person(SENDER.user), undefined)
    const sent = good(world.clock.ms, commandBody(typed, SENDER))
    expect(await (await send(functionUrl, sent)).text()).toContain('planes slack link')
    expect(await (await send(functionUrl, again(sent))).text()).toContain('No second code')
    expect(records.offers.size).toBe(1)
  })

  test('by a guest is refused again', async () => {
    const { functionUrl, world, records, person } = await slackStage()
    await records.putLink(person(SENDER.user), undefined)
    await records.putStanding(person(SENDER.user), 'guest', world.clock.ms)
    const sent = good(world.clock.ms, commandBody('status', SENDER))
    for (const one of [sent, again(sent)])
      expect(await (await send(functionUrl, one)).text()).toContain('Guests of this workspace have no access')
    expect(records.offers.size).toBe(0)
  })

  test('does not give a code away a second time', async () => {
    const { functionUrl, world, records } = await slackStage()
    const sent = good(world.clock.ms, commandBody('remove ada', SENDER))
    const first = await (await send(functionUrl, sent)).text()
    const [code = ''] = [...records.offers.keys()]
    expect([first.includes(code), (await (await send(functionUrl, again(sent))).text()).includes(code)]).toEqual([
      true,
      false,
    ])
  })
})
