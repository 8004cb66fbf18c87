import { createHash } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { http } from '@google-cloud/functions-framework'
import { getTestServer } from '@google-cloud/functions-framework/testing'
import { onTestFinished } from 'vitest'
import { slack } from '../../functions/slack.ts'
import type { SlackFunction } from '../../functions/slack.ts'
import { slackClient } from '../../infra/local/slack/client.ts'
import type { Answered } from '../../infra/local/slack/client.ts'
import { PEOPLE, WORKSPACE } from '../../infra/local/slack/people.ts'
import { slackStandIn } from '../../infra/local/slack/stand-in.ts'
import { workspace } from '../../infra/local/slack/workspace.ts'
import type { AgentStatus } from '../../shared/documents/status.ts'
import type { Log } from '../../shared/ports/log.ts'
import type { Caller } from '../../shared/ports/people.ts'
import { serveLoopback } from '../../shared/process/serve.ts'
import { slackResponder } from '../../shared/slack-api/responder.ts'
import { slackWebApi } from '../../shared/slack-api/web-api.ts'
import { slackHandler } from '../../shared/slack/handle.ts'
import { runErrand } from '../../shared/slack/notify.ts'
import type { NotifyPorts, SlackPorts } from '../../shared/slack/ports.ts'
import { ADA, PLANE, commandWorld, engineWrites, engineWritesPlane } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { recordingLog } from '../fakes/log.ts'
import { fakeSlackRecords } from '../fakes/slack-records.ts'

export const SIGNING_SECRET = 'signing-secret-of-nobody'
export const BOT_TOKEN = 'xoxb-of-nobody'

let current: SlackFunction | undefined

const onStage = (): SlackFunction => {
  if (current === undefined) throw new Error('nothing is on stage')
  return current
}

const stageLog: Log = {
  info: (...line) => onStage().log.info(...line),
  warn: (...line) => onStage().log.warn(...line),
  error: (...line) => onStage().log.error(...line),
}

// The framework knows functions by name, for all tests of a worker: this one answers with whatever is on stage.
const STAGE = 'slack-on-stage'
http(
  STAGE,
  slack(
    async () => ({
      signingSecret: SIGNING_SECRET,
      handle: (request) => onStage().handle(request),
      clock: { nowMs: () => onStage().clock.nowMs() },
      log: stageLog,
    }),
    stageLog,
  ),
)

const person = (user: string) => ({ team: WORKSPACE.team, user })
const callerOf = (email: string): Caller => ({ actor: email, owns: (owner) => owner === email })
const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What a test changes of the world before anything happens. */
export type StageOptions = {
  readonly alter?: (ports: SlackPorts, world: CommandWorld) => SlackPorts
}

/**
 * The function behind the framework, over a plane `local` with an agent `ada` of ada's. Slack is played by the stand-in,
 * with the real client of its Web API. `ada` and `bob` are linked; `admin@example.com` is what U0YOU links to.
 */
export async function slackStage({ alter = (ports) => ports }: StageOptions = {}) {
  const world = commandWorld()
  // The library looks at the real time too.
  world.clock.ms = Date.now()
  await world.api.createPlane({ ...PLANE })
  await engineWritesPlane(world)
  await world.api.addAgent(ADA)
  await engineWrites(world, 'ada')
  world.trail.splice(0)
  world.members.set('local/admin@example.com', { email: 'admin@example.com', role: 'admin', createdAt: '' })
  world.members.set('local/vera@example.com', { email: 'vera@example.com', role: 'viewer', createdAt: '' })
  const clock = { nowMs: () => world.clock.ms }
  const office = workspace([...PEOPLE, { id: 'U0VERA', name: 'vera' }], clock)
  const standIn = await serveLoopback(slackStandIn(office, BOT_TOKEN), 0)
  onTestFinished(() => standIn.close())
  const records = fakeSlackRecords((plane, entry) => world.specs.audit(plane, entry))
  const { log, lines } = recordingLog()
  const api = await slackWebApi({ token: BOT_TOKEN, apiUrl: `${standIn.url}/api/` })
  const teams = new Map([[WORKSPACE.team, 'local']])
  const notify: NotifyPorts = {
    records,
    teams,
    slack: async () => api,
    statuses: world.specs,
    clock,
    sleep: async (ms) => void (world.clock.ms += ms),
    hash,
  }
  const ports: SlackPorts = {
    settings: { teams, app: WORKSPACE.app },
    records,
    notifier: { run: (errand) => runErrand(errand, notify) },
    responder: slackResponder(standIn.url),
    commands: { ...world.ports, log },
    callerOf,
    after: () => new Promise(() => undefined),
    hash,
  }
  const handle = slackHandler(alter(ports, world))
  current = { signingSecret: SIGNING_SECRET, handle, clock, log }
  const functionUrl = await served()
  const client = slackClient({ workspace: office, signingSecret: SIGNING_SECRET, functionUrl, ownUrl: standIn.url })
  for (const [user, email] of Object.entries(LINKED)) {
    await records.putLink(person(user), email)
    await records.putStanding(person(user), 'member', world.clock.ms)
  }
  return { world, office, records, lines, client, functionUrl, notify, ports, person, clock }
}

/** Who is who in the tests. */
const LINKED = {
  U0YOU: 'admin@example.com',
  U0ADA: 'ada@example.com',
  U0BOB: 'bob@example.com',
  U0VERA: 'vera@example.com',
}

/** The function answers with what was last put on stage; the receiver is made once for all of a file. */
async function served(): Promise<string> {
  const server = getTestServer(STAGE)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** The text of an answer. */
export const textOf = ({ body }: Answered): string => (body as { text?: string }).text ?? JSON.stringify(body)

/** A status of which every step is as said. */
export const withSteps = (state: AgentStatus['steps'][string]['state']): AgentStatus['steps'] =>
  Object.fromEntries(
    ['identity', 'secrets', 'egress', 'disk', 'machine', 'access', 'channels', 'runtime'].map((name) => [
      name,
      { state, attempt: 1 },
    ]),
  )

/** The workspace, the plane behind it and what is between them. */
export type Stage = Awaited<ReturnType<typeof slackStage>>

/** The messages of a workspace as they stand, the oldest first. */
export const messagesIn = ({ office }: Stage) => [...office.messages.values()]
