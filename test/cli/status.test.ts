import { beforeEach, describe, expect, test } from 'vitest'
import { EXIT } from '../../clients/cli/exit.ts'
import type { RemoteInvocation as Invocation } from '../../clients/cli/run.ts'
import { ADA, PLANE, commandWorld, engineWrites, engineWritesPlane } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { agentSteps } from '../../shared/documents/topics.ts'
import { runCli } from '../fakes/cli.ts'
import { fakeTerminal } from '../fakes/terminal.ts'

const ALL = { json: false, watch: false, all: false } as const
const LOGS = { plane: 'local', name: 'ada', json: false, follow: false, sinceMs: 3_600_000 } as const
// What a document or a log could carry to take over a terminal: clear it, colour, hide, break the line, turn it round.
const EVIL = 'a\u001b[2Jb\u001b]0;title\u0007c\u009b31md\re\nf\u202eg'

let world: CommandWorld

beforeEach(async () => {
  world = commandWorld()
  await world.api.createPlane(PLANE)
  await world.api.addAgent(ADA)
})

/** The machine of ada logs something. */
const log = (agoMs: number, text: string): unknown =>
  world.lines.push({ atMs: world.clock.ms - agoMs, severity: 'warning', text })

/** Whether the plane's status tells of somebody who could read secrets. */
const told = async (status: 'True' | 'False', reason: string) => {
  const AdminSeparation = { status, reason, message: 'eve@acme.com could', sinceMs: world.clock.ms }
  await engineWritesPlane(world, { conditions: { AdminSeparation } })
  const terminal = fakeTerminal()
  await runCli({ verb: 'status', options: ALL }, world, terminal)
  return terminal.stdout.includes('  ! AdminSeparation: eve@acme.com could')
}

describe('planes status', () => {
  test('shows a table of agents, and under it what is not done', async () => {
    await engineWrites(world, 'ada', { resources: { machine: { id: 'machine-7' } } })
    await world.api.addAgent({ ...ADA, name: 'bob' })
    const since = { attempt: 1, sinceMs: world.clock.ms - 12_000 }
    await engineWrites(world, 'bob', {
      phase: 'Provisioning',
      steps: { identity: { state: 'ready', ...since }, machine: { state: 'waiting', reason: 'Starting', ...since } },
    })
    const terminal = fakeTerminal()
    expect(await runCli({ verb: 'status', options: ALL }, world, terminal)).toBe(EXIT.ok)
    expect(terminal.stdout).toEqual([
      'local  Pending  process · demo-agents-plane · us-east4',
      '  · services  idle',
      '  · grants    idle',
      '  · network   idle',
      'NAME  PHASE         OWNER            HEARTBEAT  MACHINE    MODEL       GATEWAY',
      'ada   Ready         ada@example.com  -          machine-7  demo model  http://127.0.0.1:18789/',
      'bob   Provisioning  ada@example.com  -          -          demo model  http://127.0.0.1:18789/',
      'bob:',
      '  … machine   waiting        12 s  Starting',
      expect.stringMatching(/^ada has no model key\. .*planes secret set --plane local --name ada/),
    ])
  })

  test('says why an agent is not as it should be, though all its steps are over or never began', async () => {
    const sinceMs = world.clock.ms
    const raised = (reason: string, message: string) => ({ status: 'True', reason, message, sinceMs }) as const
    const message = 'plane "local" is closing; add the agent to another plane'
    await engineWrites(world, 'ada', {
      phase: 'Failed',
      conditions: {
        SpecInvalid: raised('PlaneClosing', message),
        Isolation: { status: 'False', reason: 'NoNetworkIsolation', message: 'one machine', sinceMs },
        ChannelsReady: { status: 'True', reason: 'NoChannels', sinceMs },
      },
    })
    const terminal = fakeTerminal()
    await runCli({ verb: 'status', options: ALL }, world, terminal)
    const under = terminal.stdout.slice(terminal.stdout.indexOf('ada:'))
    expect(under.slice(0, 2)).toEqual(['ada:', `  ! SpecInvalid: ${message}`])
    expect(terminal.stdout.join()).not.toMatch(/one machine|NoChannels/)
  })

  test('shows everything that is known of one agent', async () => {
    const sinceMs = world.clock.ms
    const conditions = {
      Isolation: { status: 'False', reason: 'OneMachine', message: 'for development', sinceMs },
    } as const
    await engineWrites(world, 'ada', { conditions, steps: { identity: { state: 'ready', attempt: 1, sinceMs } } })
    const terminal = fakeTerminal()
    await runCli({ verb: 'status', options: { ...ALL, plane: 'local', name: 'ada' } }, world, terminal)
    expect(terminal.stdout).toEqual(
      expect.arrayContaining([
        'local/ada  Ready',
        '  owner     ada@example.com',
        '  ✓ identity  ready',
        '  · runtime   idle',
        '  Isolation: False OneMachine, for development',
      ]),
    )
  })

  test('shows what agents are estimated to cost where somebody sends a bill', async () => {
    const { owner } = ADA
    const pinned = { owner, backend: 'vm', project: 'acme-project', region: 'us-east4', zone: 'us-east4-a' } as const
    await engineWrites(world, 'ada', { pinned })
    await world.api.addAgent({ ...ADA, name: 'bob', machineType: 'n2-standard-2' })
    await engineWrites(world, 'bob', { pinned })
    const fleet = fakeTerminal()
    await runCli({ verb: 'status', options: ALL }, world, fleet)
    expect(
      fleet.stdout.filter((line) => /^(NAME|ada|bob) {2}/.test(line)).map((line) => line.split(/ {2,}/).at(-1)),
    ).toEqual(['USD/MONTH', '33.69', '?'])
    const one = async (name: string) => {
      const terminal = fakeTerminal()
      await runCli({ verb: 'status', options: { ...ALL, plane: 'local', name } }, world, terminal)
      return terminal.stdout.find((line) => line.startsWith('  cost'))
    }
    expect(await one('ada')).toMatch(
      /about \$33\.69 a month, \$0\.0416 an hour of running; without traffic and models \(/,
    )
    expect(await one('bob')).toMatch(/no estimate: the price of machine type n2-standard-2 is not known \(/)
  })

  test('shows how many more agents a plane has room for', async () => {
    await engineWritesPlane(world, { resources: { services: { agentsThatFit: 37, zones: 'us-east4-a' } } })
    const terminal = fakeTerminal()
    await runCli({ verb: 'status', options: ALL }, world, terminal)
    expect(terminal.stdout[0]).toBe('local  Ready  process · demo-agents-plane · us-east4 · room for 37 more')
  })

  test('names who could read secrets, unless nobody can or one computer was chosen', async () => {
    expect(await told('False', 'ProjectOwnersPresent')).toBe(true)
    expect(await told('True', 'DenyPolicyEnforced')).toBe(false)
    expect(await told('False', 'OneUnixUser')).toBe(false)
  })

  test('says how to begin where there is nothing', async () => {
    const terminal = fakeTerminal()
    await runCli({ verb: 'status', options: ALL }, commandWorld(), terminal)
    expect(terminal.stdout).toEqual([expect.stringContaining('planes create --name')])
  })

  test('prints JSON that holds every plane and agent', async () => {
    await engineWrites(world, 'ada')
    const terminal = fakeTerminal()
    await runCli({ verb: 'status', options: { ...ALL, json: true } }, world, terminal)
    const { plane, agents } = await world.api.getPlane({ plane: 'local' })
    expect(JSON.parse(terminal.stdout.join('\n'))).toEqual({ version: 1, planes: [{ ...plane, agents }] })
    expect(agents[0]?.steps).toHaveLength(agentSteps.length)
  })

  test('with --watch prints it again only when something changed, until Ctrl-C', async () => {
    await engineWrites(world, 'ada', { phase: 'Provisioning' })
    const terminal = fakeTerminal()
    const watch: Invocation = { verb: 'status', options: { ...ALL, json: true, watch: true } }
    const exitCode = await runCli(watch, world, terminal, [
      () => undefined,
      () => engineWrites(world, 'ada'),
      () => undefined,
      (interrupt) => interrupt(),
    ])
    expect(exitCode).toBe(EXIT.ok)
    const phases = terminal.stdout.map(
      (line) => (JSON.parse(line) as { planes: { agents: { phase: string }[] }[] }).planes[0]?.agents[0]?.phase,
    )
    expect(phases).toEqual(['Provisioning', 'Ready'])
  })
})

describe('planes logs', () => {
  beforeEach(async () => {
    await engineWrites(world, 'ada')
  })

  test('prints every page', async () => {
    for (let index = 0; index < 1100; index++) log(2000 - index, `line ${index}`)
    const terminal = fakeTerminal()
    expect(await runCli({ verb: 'logs', options: LOGS }, world, terminal)).toBe(EXIT.ok)
    expect(terminal.stdout).toHaveLength(1100)
    expect(terminal.stdout.at(-1)).toBe('2026-01-02T03:04:04.099Z warning line 1099')
  })

  test('with --follow prints what comes, until Ctrl-C', async () => {
    log(10, 'before')
    const terminal = fakeTerminal()
    const follow: Invocation = { verb: 'logs', options: { ...LOGS, follow: true, json: true } }
    const naps = [() => log(0, 'after'), () => undefined, (interrupt: () => void) => interrupt()]
    expect(await runCli(follow, world, terminal, naps)).toBe(EXIT.ok)
    const texts = terminal.stdout.map((line) => (JSON.parse(line) as { text: string }).text)
    expect(texts).toEqual(['before', 'after'])
  })

  test('says so when nothing was logged', async () => {
    const terminal = fakeTerminal()
    await runCli({ verb: 'logs', options: LOGS }, world, terminal)
    expect(terminal.stderr).toEqual(['Nothing was logged in the last 1 h; --since 1d looks further back.'])
  })
})

describe('text from documents and logs cannot act on the terminal', () => {
  const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/ // oxlint-disable-line no-control-regex
  const since = { attempt: 1, sinceMs: 0, reason: EVIL, message: EVIL }
  const everywhere = {
    phase: 'Degraded',
    resources: { machine: { id: EVIL } },
    steps: { machine: { state: 'failed', ...since } },
    conditions: { [EVIL]: { status: 'True', reason: EVIL, message: EVIL, sinceMs: 0 } },
  } as const

  const lines: [string, Invocation][] = [
    ['status', { verb: 'status', options: ALL }],
    ['status --name', { verb: 'status', options: { ...ALL, plane: 'local', name: 'ada' } }],
    ['status --json', { verb: 'status', options: { ...ALL, json: true } }],
    ['logs', { verb: 'logs', options: LOGS }],
    ['logs --json', { verb: 'logs', options: { ...LOGS, json: true } }],
    ['add-agent --wait', { verb: 'add-agent', options: { json: false, wait: true, timeoutMs: 1, fields: ADA } }],
  ]

  test.each(lines)('in planes %s', async (_, invocation) => {
    await engineWrites(world, 'ada', everywhere)
    world.lines.push({ atMs: world.clock.ms - 1, severity: 'error', text: EVIL })
    const terminal = fakeTerminal()
    await runCli(invocation, world, terminal)
    const written = [...terminal.stdout, ...terminal.stderr]
    expect(written.length).toBeGreaterThan(0)
    expect(written.filter((line) => UNSAFE.test(line))).toEqual([])
  })
})
