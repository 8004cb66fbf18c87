import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { commandTree } from '../../clients/cli/command-tree.ts'
import type { CommandNode } from '../../clients/cli/command-tree.ts'
import { contextStore } from '../../clients/cli/contexts.ts'
import type { ContextStore } from '../../clients/cli/contexts.ts'
import type { Invocation } from '../../clients/cli/invocation.ts'
import { loginStore } from '../../clients/cli/logins.ts'
import type { LoginStore } from '../../clients/cli/logins.ts'
import { isLocal, performLocal } from '../../clients/cli/perform-local.ts'
import { planesProgram } from '../../clients/cli/program.ts'
import { doctor } from '../../clients/cli/verbs/doctor.ts'
import { routes } from '../../shared/api/contract.ts'
import { AgentView, LogLineView, PlaneView } from '../../shared/api/views.ts'
import { authorizationServer } from '../fakes/authorization-server.ts'
import type { AuthorizationServer } from '../fakes/authorization-server.ts'
import { runCli } from '../fakes/cli.ts'
import { ADA, PLANE, commandWorld, engineWrites, engineWritesPlane } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { fakeTerminal } from '../fakes/terminal.ts'
import type { FakeTerminal } from '../fakes/terminal.ts'

const agent = routes.startAgent.output
const plane = routes.updatePlane.output
const members = routes.putMember.output
const fleets = z.object({ planes: z.array(PlaneView.extend({ agents: z.array(AgentView) })) })
const estimate = z.object({ name: z.string(), uid: z.string(), cost: AgentView.shape.cost })
const finding = z.object({ what: z.string(), is: z.string(), text: z.string(), fix: z.string().optional() })
const context = z.object({ url: z.string(), tokenFile: z.string() })
const shared = z.object({ url: z.string(), clientId: z.string(), clientFile: z.string() })
const error = z.object({ code: z.string(), message: z.string(), suggestion: z.string().optional() })
const refusal = error.extend({ field: z.string().optional(), requestId: z.string() })

const ONE = '--plane local --name ada'
const LOST = '--plane local --name bob'

/** What each verb prints with `--json`, besides its version: by the contract of the API, where it shows what that says. */
const SHAPES: readonly (readonly [line: string, shape: z.ZodObject])[] = [
  ['create --name acme --project acme-prod --region us-east4', plane],
  ['update-plane --plane local --retention-days 3', plane],
  ['update-plane --plane local --retention-days 3 --dry-run', plane],
  ['remove-plane --plane empty --yes', plane],
  ['add-agent --plane local --name eve --owner eve@example.com', agent],
  ['add-agent --plane local --name eve --owner eve@example.com --dry-run', agent.extend({ dryRun: z.literal(true) })],
  [`update-agent ${ONE} --label team=a`, agent],
  [`start ${ONE}`, agent],
  [`start ${ONE} --wait`, agent],
  [`stop ${ONE} --dry-run`, agent],
  [`restart ${ONE}`, agent],
  [`retry ${LOST}`, agent],
  [`remove-agent ${ONE} --yes`, agent],
  [`secret set ${ONE} --secret notes`, routes.setSecret.output],
  ['status', fleets],
  [`status ${ONE}`, fleets],
  [`status --watch`, fleets],
  [`show ${ONE}`, routes.getAgent.output],
  [`show ${ONE}x`, z.object({ error: refusal })],
  [`logs ${ONE}`, LogLineView],
  [`logs ${ONE} --follow`, LogLineView],
  [`open ${ONE}`, routes.openAgent.output],
  [
    'cost --plane local',
    z.object({ plane: z.string(), agents: z.array(estimate), usdPerMonth: z.number(), usdSoFar: z.number() }),
  ],
  ['audit --plane local', routes.readAudit.output],
  ['member list --plane local', routes.listMembers.output],
  ['member add --plane local --email eve@example.com --role viewer', members],
  ['member remove --plane local --email eve@example.com --yes', members],
  [`slack link ${'a'.repeat(64)} --yes`, routes.linkSlack.output],
  ['slack manifest --url https://acme.com/slack', z.object({ link: z.string(), manifest: z.looseObject({}) })],
  ['grants --project acme-agents', z.object({ plan: z.looseObject({ resource: z.string() }) })],
  ['doctor', z.object({ findings: z.array(finding) })],
  ['completion bash', z.object({ shell: z.string(), script: z.string() })],
  ['login --context shared --no-browser', z.object({ context: z.string(), person: z.string() })],
  ['logout --context shared', z.object({ context: z.string(), upToDate: z.boolean() })],
  ['context list', z.object({ current: z.string(), contexts: z.record(z.string(), z.union([context, shared])) })],
  ['context use acme', z.object({ current: z.string() })],
  ['context add acme --url https://a.com --token-file t', z.object({ name: z.string(), context, current: z.string() })],
  ['context remove acme', z.object({ removed: z.string() })],
]

let world: CommandWorld
let server: AuthorizationServer
let store: ContextStore
let logins: LoginStore

beforeAll(async () => {
  server = await authorizationServer()
  return () => server.stop()
})

beforeEach(async () => {
  world = commandWorld()
  await world.api.createPlane(PLANE)
  await world.api.createPlane({ ...PLANE, name: 'empty' })
  await engineWritesPlane(world)
  await world.api.addAgent(ADA)
  await world.api.addAgent({ ...ADA, name: 'bob' })
  await engineWrites(world, 'ada')
  await engineWrites(world, 'bob', { phase: 'Failed', steps: { machine: { state: 'failed', attempt: 1 } } })
  world.lines.push({ atMs: world.clock.ms - 1, severity: 'info', text: 'hello' })
  const folder = await mkdtemp(join(tmpdir(), 'ap-shapes-'))
  store = contextStore(join(folder, 'contexts.json'))
  logins = loginStore(join(folder, 'logins'))
  const url = 'https://a.com'
  const { clientId, clientFile } = server
  const contexts = { acme: { url, tokenFile: 't' }, shared: { url, clientId, clientFile } }
  await store.change(() => ({ version: 1, current: 'acme', contexts }))
  return () => rm(folder, { recursive: true })
})

const COMPUTER = { nodeVersion: 'v24.21.0', run: async () => undefined, hasEmulators: async () => true }
const linkSlack = async () => ({ team: 'T1', user: 'U1', actor: 'ada@example.com', linked: true })

/** The terminal of somebody who opens each address that is shown. */
const visiting = (terminal: FakeTerminal): FakeTerminal => ({
  ...terminal,
  err: { ...terminal.err, line: (text) => void (text.startsWith('http') ? fetch(text) : terminal.err.line(text)) },
})

/** What a command line prints, of which a stream is ended after its first result. */
async function printed(line: string): Promise<string> {
  const terminal = visiting(fakeTerminal({ input: 'a value' }))
  const api = { ...world.api, linkSlack }
  const perform = async (invocation: Invocation): Promise<void> => {
    const { signal } = new AbortController()
    const connect = async () => ({ url: 'https://x', token: 't', signIn: '', reach: '', api })
    // What is installed here is not asked, which takes its time.
    if (invocation.verb === 'doctor') await doctor(invocation.options, { ...COMPUTER, terminal, connect, signal })
    else if (isLocal(invocation)) await performLocal(invocation, { terminal, store, logins, connect, signal })
    else await runCli(invocation, { ...world, api }, terminal, [(interrupt) => interrupt()])
  }
  await planesProgram(perform).parseAsync([...line.split(' '), '--json'], { from: 'user' })
  return terminal.stdout.join('\n')
}

test.each(SHAPES)('planes %s --json prints the shape that programs rely on, and no more', async (line, shape) => {
  const document: unknown = JSON.parse(await printed(line))
  // A field that the shape does not name would be lost by parsing.
  expect(shape.extend({ version: z.literal(1) }).parse(document)).toEqual(document)
})

test.each(['logs --plane local --name eve --follow', 'status --plane nowhere --watch'])(
  'planes %s --json tells an error on one line, as all that it prints',
  async (line) => {
    const text = await printed(line)
    expect(z.object({ version: z.literal(1), error: refusal }).parse(JSON.parse(text))).toEqual(JSON.parse(text))
    expect(text).not.toContain('\n')
  },
)

const paths = ({ commands }: CommandNode, before = ''): readonly string[] =>
  commands.flatMap((command) => {
    const path = `${before}${command.name}`
    return command.commands.length > 0 ? paths(command, `${path} `) : [path]
  })

test('every verb has its shape', () => {
  const verbs = paths(commandTree(planesProgram(async () => undefined)))
  expect(verbs.filter((verb) => !SHAPES.some(([line]) => `${line} `.startsWith(`${verb} `)))).toEqual([])
})
