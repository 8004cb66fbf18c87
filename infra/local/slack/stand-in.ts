import { wrongWithMessage, wrongWithView } from './block-rules.ts'
import { userObject } from './people.ts'
import { keep } from './workspace.ts'
import type { Workspace } from './workspace.ts'

/** https://docs.slack.dev/apis/web-api/rate-limits: about one message a second in a channel, and short bursts. */
const EDIT_EVERY_MS = 1000
/** https://docs.slack.dev/interactivity/handling-user-interaction#message_responses */
const ANSWERS = 5
const ANSWER_MS = 30 * 60_000

type Fields = Readonly<Record<string, unknown>>
type Answer = { readonly ok: boolean; readonly [key: string]: unknown }
type Method = (fields: Fields, workspace: Workspace) => Answer | Response

/** As much of Slack's Web API as a bot needs, and addresses for late answers: what it is told, it checks as Slack does. */
export const slackStandIn =
  (workspace: Workspace, token: string) =>
  async (request: Request): Promise<Response> => {
    const [, area, name = ''] = new URL(request.url).pathname.split('/')
    if (request.method !== 'POST') return new Response(null, { status: 405 })
    if (area === 'respond') return respond(name, request, workspace)
    const method = methods[name]
    if (area !== 'api' || method === undefined) return new Response(null, { status: 404 })
    if (request.headers.get('authorization') !== `Bearer ${token}`) {
      return Response.json(refused(workspace, name, 'invalid_auth'))
    }
    const answer = method(await fieldsIn(request), workspace)
    return answer instanceof Response ? answer : Response.json(answer)
  }

/** An id that lets somebody's request open one dialog, for three seconds. */
export function newTrigger({ triggers, clock, newId }: Workspace, user: string): string {
  const id = newId('1.2.')
  triggers.set(id, { user, atMs: clock.nowMs(), left: 1 })
  return id
}

/** The path of an address at which somebody's request may be answered later. */
export function newResponsePath({ addresses, clock, newId }: Workspace, user: string): string {
  const id = newId('R')
  addresses.set(id, { user, atMs: clock.nowMs(), left: ANSWERS })
  return `/respond/${id}`
}

function refused({ refusals }: Workspace, method: string, error: string, details: readonly string[] = []): Answer {
  refusals.push([method, error, ...details].join(' '))
  return { ok: false, error, response_metadata: { messages: details } }
}

const methods: Readonly<Record<string, Method>> = {
  'users.info': ({ user }, workspace) => {
    const somebody = workspace.people.find(({ id }) => id === user)
    if (somebody === undefined) return refused(workspace, 'users.info', 'user_not_found')
    return { ok: true, user: userObject(somebody) }
  },

  'chat.postMessage': (fields, workspace) => {
    const wrong = wrongWithMessage(fields)
    if (wrong.length > 0) return refused(workspace, 'chat.postMessage', 'invalid_blocks', wrong)
    const user = String(fields['channel']).replace(/^D/, '')
    if (!workspace.people.some(({ id }) => id === user)) {
      return refused(workspace, 'chat.postMessage', 'channel_not_found')
    }
    const { channel, ts } = keep(workspace, `D${user}`, fields)
    return { ok: true, channel, ts }
  },

  'chat.update': (fields, workspace) => {
    const [channel, ts] = [String(fields['channel']), String(fields['ts'])]
    const before = workspace.messages.get(`${channel} ${ts}`)
    if (before === undefined) return refused(workspace, 'chat.update', 'message_not_found')
    const wrong = wrongWithMessage(fields)
    if (wrong.length > 0) return refused(workspace, 'chat.update', 'invalid_blocks', wrong)
    if (workspace.clock.nowMs() - (before.atMs.at(-1) ?? 0) < EDIT_EVERY_MS) {
      const answer = refused(workspace, 'chat.update', 'ratelimited')
      return Response.json(answer, { status: 429, headers: { 'retry-after': '1' } })
    }
    keep(workspace, channel, fields, ts)
    return { ok: true, channel, ts }
  },

  'views.open': ({ trigger_id: id, view }, workspace) => {
    const trigger = workspace.triggers.get(String(id))
    if (trigger === undefined) return refused(workspace, 'views.open', 'exchanged_trigger_id')
    workspace.triggers.delete(String(id))
    if (workspace.clock.nowMs() - trigger.atMs > workspace.triggerMs) {
      return refused(workspace, 'views.open', 'expired_trigger_id')
    }
    const wrong = wrongWithView(view)
    if (wrong.length > 0) return refused(workspace, 'views.open', 'invalid_arguments', wrong)
    const open = { id: workspace.newId('V'), user: trigger.user, view }
    workspace.views.set(open.id, open)
    return { ok: true, view: { id: open.id } }
  },
}

async function respond(id: string, request: Request, workspace: Workspace): Promise<Response> {
  const address = workspace.addresses.get(id)
  if (address === undefined || address.left === 0 || workspace.clock.nowMs() - address.atMs > ANSWER_MS) {
    return Response.json(refused(workspace, 'respond', 'used_url'), { status: 404 })
  }
  const fields = (await request.json()) as Fields
  const wrong = wrongWithMessage(fields)
  if (wrong.length > 0) return Response.json(refused(workspace, 'respond', 'invalid_blocks', wrong), { status: 400 })
  address.left -= 1
  keep(workspace, `D${address.user}`, fields)
  return new Response('ok')
}

/** The Web API takes forms whose fields hold JSON, and JSON. */
async function fieldsIn(request: Request): Promise<Fields> {
  const body = await request.text()
  if (request.headers.get('content-type')?.startsWith('application/json')) return JSON.parse(body) as Fields
  return Object.fromEntries([...new URLSearchParams(body)].map(([name, value]) => [name, parsed(name, value)]))
}

const parsed = (name: string, value: string): unknown =>
  name === 'blocks' || name === 'view' ? (JSON.parse(value) as unknown) : value
