import { expect, test } from 'vitest'
import { slackSimulator } from '../../infra/local/slack/simulator.ts'
import { workspace } from '../../infra/local/slack/workspace.ts'

const ADDRESS = 'http://127.0.0.1:9700'
const AUTHORIZED = { authorization: 'Bearer the-plane-s' }
const TYPED = JSON.stringify({ do: 'type', user: 'U0ADA', text: 'status' })

/** The page of a workspace, and what reached the function through it. */
function simulator() {
  const reached: string[] = []
  const perform = async (what: string) => {
    reached.push(what)
    return { status: 200, body: '' }
  }
  const answer = slackSimulator({
    workspace: workspace([], { nowMs: () => 0 }),
    botToken: 'xoxb-bot',
    planeToken: 'the-plane-s',
    client: {
      command: (_, text) => perform(text),
      click: (_, { id }) => perform(id),
      submit: (_, typed) => perform(typed),
    },
  })
  const ask = (path: string, headers: Readonly<Record<string, string>>, body?: string, address = ADDRESS) =>
    answer(new Request(`${address}${path}`, { headers, ...(body !== undefined && { method: 'POST', body }) }))
  return { ask, reached }
}

test('who has the plane’s token plays everybody, and sees what was said', async () => {
  const { ask, reached } = simulator()
  expect((await ask('/do', AUTHORIZED, TYPED)).status).toBe(200)
  expect(reached).toEqual(['status'])
  expect(await (await ask('/state', AUTHORIZED)).json()).toEqual({ people: [], messages: [], views: [], refusals: [] })
})

test('the page itself is for everybody on this computer, and holds no token', async () => {
  const page = await simulator().ask('/', {})
  expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-store'])
  expect(await page.text()).not.toContain('the-plane-s')
})

test.each([
  ['no token', {}, ADDRESS, 401],
  ['another token', { authorization: 'Bearer the-plane-t' }, ADDRESS, 401],
  ['the bot’s token', { authorization: 'Bearer xoxb-bot' }, ADDRESS, 401],
  ['a longer token', { authorization: 'Bearer the-plane-s2' }, ADDRESS, 401],
  ['somebody else’s page', { ...AUTHORIZED, origin: 'https://evil.example' }, ADDRESS, 403],
  ['a page on another port', { ...AUTHORIZED, origin: 'http://127.0.0.1:9701' }, ADDRESS, 403],
  ['a rebound name', AUTHORIZED, 'http://evil.example:9700', 403],
])('with %s nobody plays anybody', async (_, headers, address, status) => {
  const { ask, reached } = simulator()
  expect((await ask('/do', headers, TYPED, address)).status).toBe(status)
  expect((await ask('/state', headers, undefined, address)).status).toBe(status)
  expect(reached).toEqual([])
})

test.each(['', '{', '{"do":"fly"}', '{"do":"type","user":"U0ADA"}'])('%j is nothing to do', async (body) => {
  const { ask, reached } = simulator()
  expect([(await ask('/do', AUTHORIZED, body)).status, reached]).toEqual([400, []])
})
