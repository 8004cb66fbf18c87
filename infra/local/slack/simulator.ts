import { timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { SlackClient } from './client.ts'
import { slackStandIn } from './stand-in.ts'
import type { Workspace } from './workspace.ts'

/** What the simulator works with. */
export type SimulatorOptions = {
  readonly workspace: Workspace
  /** Of the bot, as the app knows it. */
  readonly botToken: string
  /** Of the local plane: whoever has it may play everybody of the workspace. */
  readonly planeToken: string
  readonly client: SlackClient
}

const Deed = z.discriminatedUnion('do', [
  z.object({ do: z.literal('type'), user: z.string(), text: z.string().max(3000) }),
  z.object({ do: z.literal('click'), user: z.string(), action: z.string(), value: z.string() }),
  z.object({ do: z.literal('submit'), view: z.string(), typed: z.string().max(3000) }),
  z.object({ do: z.literal('close'), view: z.string() }),
])

const HTML = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
}

/** A workspace in a page: what people type and click there reaches the function as Slack would send it. */
export function slackSimulator(options: SimulatorOptions): (request: Request) => Promise<Response> {
  const { workspace, botToken, planeToken, client } = options
  const standIn = slackStandIn(workspace, botToken)
  return async (request) => {
    const { pathname, hostname, origin } = new URL(request.url)
    const from = request.headers.get('origin')
    // Another Host is a rebound name, another Origin somebody else's page.
    if (hostname !== '127.0.0.1' && hostname !== 'localhost') return refused(403)
    if (from !== null && from !== origin) return refused(403)
    if (pathname.startsWith('/api/') || pathname.startsWith('/respond/')) return standIn(request)
    if (pathname === '/' && request.method === 'GET') return new Response(await page(), { headers: HTML })
    if (!hasToken(request, planeToken)) return refused(401)
    if (pathname === '/state') return Response.json(stateOf(workspace))
    if (pathname !== '/do' || request.method !== 'POST') return refused(404)
    const deed = Deed.safeParse(await request.json().catch(() => undefined))
    return deed.success ? Response.json(await perform(deed.data, workspace, client)) : refused(400)
  }
}

const refused = (status: number): Response => Response.json({ message: `refused: ${status}` }, { status })

const page = (): Promise<string> => readFile(new URL('simulator.html', import.meta.url), 'utf8')

function hasToken(request: Request, expected: string): boolean {
  const given = Buffer.from(request.headers.get('authorization') ?? '')
  const wanted = Buffer.from(`Bearer ${expected}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

const stateOf = ({ people, messages, views, refusals }: Workspace) => ({
  people: people.map(({ id, name }) => ({ id, name })),
  messages: [...messages.values()],
  views: [...views.values()],
  refusals,
})

async function perform(deed: z.infer<typeof Deed>, { views }: Workspace, client: SlackClient): Promise<object> {
  if (deed.do === 'type') return client.command(deed.user, deed.text)
  if (deed.do === 'click') return client.click(deed.user, { id: deed.action, value: deed.value })
  const open = views.get(deed.view)
  if (deed.do === 'submit' && open !== undefined) return client.submit(open, deed.typed)
  views.delete(deed.view)
  return { status: 200, body: '' }
}
