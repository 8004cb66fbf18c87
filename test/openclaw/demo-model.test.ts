import { expect, test } from 'vitest'
import { demoModel } from '../../shared/process/demo-model.ts'

const clock = { nowMs: () => Date.UTC(2026, 0, 2, 3, 4, 5) }
const answer = demoModel(clock)
const URL_BASE = 'http://127.0.0.1:1/demo-model/v1'

const post = (body: unknown): Promise<Response> =>
  answer(new Request(`${URL_BASE}/chat/completions`, { method: 'POST', body: JSON.stringify(body) }))

async function reply(content: unknown): Promise<string> {
  const response = await post({
    messages: [
      { role: 'system', content: 'x' },
      { role: 'user', content },
    ],
  })
  const { choices } = (await response.json()) as { choices: readonly [{ message: { content: string } }] }
  return choices[0].message.content
}

test.each([
  ['ping', 'pong'],
  ['what time is it?', 'It is 2026-01-02T03:04:05.000Z.'],
  ['hello there', 'Hello!'],
  ['who are you?', 'OpenClaw agent'],
  ['buy milk', 'You said: buy milk'],
  ['', 'You said: (nothing)'],
])('%j is answered with %s, a label, and the way to a real model', async (said, expected) => {
  const text = await reply(said)
  expect(text.startsWith('[demo model] ')).toBe(true)
  expect(text).toContain(expected)
  expect(text).toContain('npx planes status')
})

test('content in parts is read', async () => {
  expect(await reply([{ type: 'text', text: 'ping' }])).toContain('pong')
})

test('what OpenClaw adds to a conversation is not taken for what a person said', async () => {
  const added = '<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>\nActive exec sessions: time\n<<<END_OPENCLAW_INTERNAL_CONTEXT>>>'
  const messages = [
    { role: 'user', content: '[Mon 2026-11-23 15:50 UTC] buy milk\n\nRuntime: agent=main | host=vm' },
    { role: 'user', content: [{ type: 'text', text: added }] },
  ]
  expect(await (await post({ messages })).text()).toContain('You said: buy milk\\n')
})

test('a stream ends with its usage and a last word', async () => {
  const response = await post({ messages: [{ role: 'user', content: 'ping' }], stream: true })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const events = (await response.text()).split('\n\n').filter(Boolean)
  expect(events.at(-1)).toBe('data: [DONE]')
  const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)))
  const text = chunks.map(({ choices }) => choices[0].delta.content ?? '').join('')
  expect(text.startsWith('[demo model] pong')).toBe(true)
  expect(chunks.at(-1)).toMatchObject({
    choices: [{ finish_reason: 'stop' }],
    usage: { total_tokens: expect.any(Number) },
  })
})

test('its one model is listed', async () => {
  const response = await answer(new Request(`${URL_BASE}/models`))
  expect(await response.json()).toMatchObject({ data: [{ id: 'demo-model' }] })
})

test.each([
  ['not a conversation', { messages: 'x' }, 400],
  ['no messages', {}, 400],
])('%s is refused', async (_, body, status) => {
  expect((await post(body)).status).toBe(status)
})

test('another page is not found', async () => {
  expect((await answer(new Request(`${URL_BASE}/embeddings`, { method: 'POST' }))).status).toBe(404)
})
