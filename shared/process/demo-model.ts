import type { Clock } from '../ports/clock.ts'
import { DEMO_MODEL } from '../openclaw/models.ts'

const MAX_BODY_BYTES = 8 * 1024 * 1024

type Part = { readonly type: string; readonly text?: string }
type Message = { readonly role: string; readonly content?: string | readonly Part[] | null }
type ChatRequest = { readonly messages: readonly Message[]; readonly stream?: boolean }

// By hand: an agent's machine runs this file by itself, without packages.
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const isPart = (value: unknown): value is Part =>
  isObject(value) && typeof value['type'] === 'string' && ['string', 'undefined'].includes(typeof value['text'])

function isMessage(value: unknown): value is Message {
  if (!isObject(value) || typeof value['role'] !== 'string') return false
  const content = value['content'] ?? ''
  return typeof content === 'string' || (Array.isArray(content) && content.every(isPart))
}

const isChatRequest = (value: unknown): value is ChatRequest =>
  isObject(value) &&
  Array.isArray(value['messages']) &&
  value['messages'].every(isMessage) &&
  ['boolean', 'undefined'].includes(typeof value['stream'])

/**
 * An OpenAI-compatible model that needs no key and no network: it answers by rule, says so in every reply, and tells how
 * to set a real one. https://platform.openai.com/docs/api-reference/chat
 */
export function demoModel(clock: Clock): (request: Request) => Promise<Response> {
  return async function answer(request) {
    const path = new URL(request.url).pathname
    if (request.method === 'GET' && path.endsWith('/v1/models')) return Response.json(modelList)
    if (request.method === 'POST' && path.endsWith('/v1/chat/completions')) return complete(request, clock)
    return failure(404, `${request.method} ${path} is not part of the demo model`)
  }
}

const modelList = { object: 'list', data: [{ id: DEMO_MODEL.name, object: 'model', owned_by: 'agents-plane' }] }

async function complete(request: Request, clock: Clock): Promise<Response> {
  const body = await request.text()
  if (body.length > MAX_BODY_BYTES) return failure(413, 'the conversation is too long for the demo model')
  const asked = parseJson(body)
  if (!isChatRequest(asked)) return failure(400, 'the request is not a chat completion')
  const text = replyTo(lastWords(asked), clock)
  const reply = { text, created: Math.floor(clock.nowMs() / 1000), prompt: tokensOf(body), completion: tokensOf(text) }
  return asked.stream === true ? streamed(reply) : whole(reply)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What the person said last. OpenClaw adds messages and lines of its own in the same role. */
function lastWords({ messages }: ChatRequest): string {
  const said = messages.filter(({ role }) => role === 'user').map(({ content }) => withoutAdditions(textOf(content)))
  return said.findLast((text) => text !== '') ?? ''
}

function textOf(content: Message['content']): string {
  if (typeof content === 'string') return content
  return (content ?? []).flatMap(({ text }) => (text === undefined ? [] : [text])).join('\n')
}

const ADDITIONS = [
  /<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>.*?<<<END_OPENCLAW_INTERNAL_CONTEXT>>>/gs,
  /^\[[^\]]*\d{4}-\d\d-\d\d[^\]]*\] /,
  /\n\nRuntime: agent=.*$/s,
]

const withoutAdditions = (text: string): string => ADDITIONS.reduce((rest, part) => rest.replace(part, ''), text).trim()

const LABEL = '[demo model]'
// No command that sets one: OpenClaw blanks what follows an option that is called like a secret.
const HOW_TO = 'I am not a real model: I answer by rule. How to set a real one stands in `npx planes status`.'

/** The rules, in order; the last one always fits. */
const RULES: readonly (readonly [RegExp, (said: string, clock: Clock) => string])[] = [
  [/\bping\b/i, () => 'pong'],
  [/\b(?:time|date|day|clock)\b/i, (_, clock) => `It is ${new Date(clock.nowMs()).toISOString()}.`],
  [
    /\b(?:who|what) are you\b|\bhelp\b/i,
    () => 'This is your own OpenClaw agent; its gateway, memory and tools are real.',
  ],
  [/\b(?:hello|hi|hey)\b/i, () => 'Hello! Your agent is running and hears you.'],
  [/(?:)/, (said) => `You said: ${said.trim().slice(-400) || '(nothing)'}`],
]

/** The reply to what a person said. */
function replyTo(said: string, clock: Clock): string {
  const rule = RULES.find(([pattern]) => pattern.test(said.slice(-2_000)))
  return `${LABEL} ${rule?.[1](said, clock) ?? ''}\n\n${HOW_TO}`
}

const tokensOf = (text: string): number => Math.ceil(text.length / 4)

type Reply = {
  readonly text: string
  readonly created: number
  readonly prompt: number
  readonly completion: number
}

const identity = ({ created }: Reply) => ({ id: `demo-${created}`, created, model: DEMO_MODEL.name })
const usageOf = ({ prompt, completion }: Reply) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
})

function whole(reply: Reply): Response {
  const choice = { index: 0, message: { role: 'assistant', content: reply.text }, finish_reason: 'stop' }
  return Response.json({ ...identity(reply), object: 'chat.completion', choices: [choice], usage: usageOf(reply) })
}

/** Server-sent events, a few words each. */
function streamed(reply: Reply): Response {
  const chunk = (delta: object, finish: string | null, more: object = {}): string =>
    `data: ${JSON.stringify({
      ...identity(reply),
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: finish }],
      ...more,
    })}\n\n`
  const words = reply.text.match(/\S*\s*/g)?.filter(Boolean) ?? []
  const events = [
    chunk({ role: 'assistant', content: '' }, null),
    ...words.map((content) => chunk({ content }, null)),
    chunk({}, 'stop', { usage: usageOf(reply) }),
    'data: [DONE]\n\n',
  ]
  return new Response(events.join(''), {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  })
}

const failure = (status: number, message: string): Response =>
  Response.json({ error: { message, type: 'invalid_request_error' } }, { status })
