import { beforeEach, describe, expect, test } from 'vitest'
import { EXIT } from '../../clients/cli/exit.ts'
import type { RemoteInvocation } from '../../clients/cli/run.ts'
import { engineWrites, engineWritesPlane, worldOfAda } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { runCli } from '../fakes/cli.ts'
import type { Nap } from '../fakes/cli.ts'
import { fakeTerminal } from '../fakes/terminal.ts'
import type { Person } from '../fakes/terminal.ts'

const ONE = { plane: 'local', name: 'ada', json: false, wait: false, timeoutMs: 60_000 } as const
const WAIT = { ...ONE, wait: true } as const

let world: CommandWorld

beforeEach(async () => {
  world = await worldOfAda()
  await engineWritesPlane(world)
})

async function planes(invocation: RemoteInvocation, person?: Person, naps: readonly Nap[] = []) {
  const terminal = fakeTerminal(person)
  const exitCode = await runCli(invocation, world, terminal, naps)
  return { exitCode, ...terminal, out: terminal.stdout.join('\n'), err: terminal.stderr.join('\n') }
}

const actions = (): string[] => world.trail.slice(2).map(({ entry }) => entry.action)

describe('planes start, stop and restart', () => {
  test('say what is being done; said again, that it is so already', async () => {
    expect(await planes({ verb: 'stop', options: ONE })).toMatchObject({
      exitCode: EXIT.ok,
      out: 'Agent "ada" is being stopped.',
    })
    expect(await planes({ verb: 'stop', options: ONE })).toMatchObject({
      out: 'Agent "ada" is stopped already, or about to be.',
    })
    expect(await planes({ verb: 'start', options: ONE })).toMatchObject({ out: 'Agent "ada" is being started.' })
    expect(await planes({ verb: 'restart', options: ONE })).toMatchObject({ out: 'Agent "ada" is being restarted.' })
    expect(actions()).toEqual(['stop', 'start', 'restart'])
  })

  test('wait for what was asked for, and do not take what was before for it', async () => {
    const looks: string[] = []
    const naps = [
      () => looks.push('nobody has acted yet'),
      () => engineWrites(world, 'ada', { phase: 'Provisioning', steps: { machine: { state: 'doing', attempt: 2 } } }),
      () => engineWrites(world, 'ada'),
    ]
    const { exitCode, out, err } = await planes({ verb: 'restart', options: WAIT }, undefined, naps)
    expect({ exitCode, out, looks: looks.length }).toEqual({
      exitCode: EXIT.ok,
      out: 'Agent "ada" is Ready.',
      looks: 1,
    })
    expect(err).toContain('machine   doing')
  })

  test('stop waits for Stopped', async () => {
    const naps = [() => engineWrites(world, 'ada', { phase: 'Stopped', target: 'parked' })]
    expect(await planes({ verb: 'stop', options: WAIT }, undefined, naps)).toMatchObject({
      exitCode: EXIT.ok,
      out: 'Agent "ada" is Stopped.',
    })
  })

  test('imagine it with --dry-run', async () => {
    const { exitCode, stdout } = await planes({ verb: 'stop', options: { ...WAIT, dryRun: true } })
    expect({ exitCode, first: stdout.slice(0, 2) }).toEqual({
      exitCode: EXIT.ok,
      first: ['Nothing was changed. This would be:', '  desiredState: "running" → "stopped"'],
    })
    expect(stdout).toContain('  run machine   the machine that OpenClaw runs on')
    expect(actions()).toEqual([])
  })
})

const update = (fields: object, json = false): RemoteInvocation => ({
  verb: 'update-agent',
  options: { json, wait: false, timeoutMs: 1000, fields: { plane: 'local', name: 'ada', ...fields } },
})

describe('planes update-agent', () => {
  test('changes, is up to date, and refuses by name what cannot be changed', async () => {
    expect(await planes(update({ labels: { team: 'a' } }))).toMatchObject({ out: 'Agent "ada" is being changed.' })
    expect(await planes(update({ labels: { team: 'a' } }))).toMatchObject({
      exitCode: EXIT.ok,
      out: 'Agent "ada" is up to date.',
    })
    const { exitCode, err } = await planes(update({ owner: 'eve@example.com' }))
    expect({ exitCode, err }).toEqual({
      exitCode: EXIT.failure,
      err: 'Error: owner of agent "ada" is ada@example.com, which cannot be changed.\nAdd another agent instead.',
    })
  })

  test('as JSON gives one document, also when it is refused', async () => {
    const done = await planes(update({ labels: { team: 'a' } }, true))
    expect(JSON.parse(done.out)).toMatchObject({ version: 1, upToDate: false, agent: { name: 'ada' } })
    const refused = await planes(update({ machineType: 'e2-nano' }, true))
    expect(refused.exitCode).toBe(EXIT.failure)
    expect(JSON.parse(refused.out)).toEqual({
      version: 1,
      error: {
        code: 'Invalid',
        field: 'machineType',
        message: 'machineType must be e2-small or larger, e.g. "e2-medium"',
        requestId: expect.any(String) as string,
      },
    })
  })

  test('of nothing says that nothing would be changed', async () => {
    const { out } = await planes(update({ dryRun: true, labels: {} }))
    expect(out).toBe('Nothing would be changed: it is up to date.')
  })
})

describe('planes update-plane and remove-plane', () => {
  const REMOVE = { json: false, wait: false, timeoutMs: 60_000, plane: 'local', yes: false } as const

  test('change what a plane is like', async () => {
    const options = { json: false, wait: false, timeoutMs: 1, fields: { plane: 'local', retentionDays: 30 } }
    expect(await planes({ verb: 'update-plane', options })).toMatchObject({ out: 'Plane "local" is being changed.' })
    expect(await planes({ verb: 'update-plane', options })).toMatchObject({ out: 'Plane "local" is up to date.' })
  })

  test('a plane with agents is not removed', async () => {
    const { exitCode, err } = await planes({ verb: 'remove-plane', options: { ...REMOVE, yes: true } })
    expect({ exitCode, err }).toMatchObject({ exitCode: EXIT.failure })
    expect(err).toContain('Plane "local" has agents: ada.')
  })

  test('its name has to be typed, or --yes given, and it can be waited for until nothing is left', async () => {
    await world.api.removeAgent({ plane: 'local', name: 'ada' })
    expect(await planes({ verb: 'remove-plane', options: REMOVE })).toMatchObject({ exitCode: EXIT.failure })
    expect(await planes({ verb: 'remove-plane', options: REMOVE }, { answer: 'loca' })).toMatchObject({
      exitCode: EXIT.cancelled,
    })
    const dry = await planes({ verb: 'remove-plane', options: { ...REMOVE, dryRun: true } })
    expect(dry.out).toContain('desiredState: "running" → "removed"')
    expect(actions()).toEqual(['remove-agent'])
    const naps = [() => engineWritesPlane(world, { phase: 'Removing', target: 'absent' }), () => world.stored.clear()]
    const gone = await planes({ verb: 'remove-plane', options: { ...REMOVE, wait: true } }, { answer: 'local' }, naps)
    expect(gone).toMatchObject({ exitCode: EXIT.ok, out: 'Plane "local" is Purged.' })
  })
})

describe('planes audit, cost and show', () => {
  test('audit tells who did what, and where to read on', async () => {
    await world.api.restartAgent({ plane: 'local', name: 'ada' })
    const { stdout, err } = await planes({ verb: 'audit', options: { json: false, plane: 'local', limit: 2 } })
    expect(stdout[0]).toBe('2026-01-02T03:04:05.000Z  local@localhost (api) restart ada  restart: 0 → 1')
    expect(stdout).toHaveLength(2)
    expect(err).toMatch(/^There may be more: --before \d{26}$/)
    const json = await planes({ verb: 'audit', options: { json: true, plane: 'local', limit: 50, agent: 'ada' } })
    expect(JSON.parse(json.out)).toMatchObject({
      version: 1,
      entries: [{ action: 'restart' }, { action: 'add-agent' }],
    })
  })

  test('cost is one line for each agent', async () => {
    const { exitCode, stdout } = await planes({ verb: 'cost', options: { json: false, plane: 'local' } })
    expect({ exitCode, lines: stdout.length }).toEqual({ exitCode: EXIT.ok, lines: 1 })
    expect(stdout[0]).toMatch(/^ada: /)
    const json = await planes({ verb: 'cost', options: { json: true, plane: 'local', name: 'ada' } })
    expect(JSON.parse(json.out)).toMatchObject({ version: 1, plane: 'local', agents: [{ name: 'ada' }] })
  })

  test('show gives one agent in full, and says which there are', async () => {
    const { out } = await planes({ verb: 'show', options: { plane: 'local', name: 'ada', json: false } })
    expect(out).toContain('local/ada  Ready')
    const missing = await planes({ verb: 'show', options: { plane: 'local', name: 'eve', json: false } })
    expect(missing.err).toBe('Error: Plane "local" has no agent "eve".\nIt has: ada.')
  })
})
