import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { apiServer } from '../fakes/api-server.ts'
import type { ApiServer } from '../fakes/api-server.ts'
import { engineWrites, worldOfAda } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'

const MAIN = new URL('../../clients/cli/main.js', import.meta.url).pathname
const ONE = ['--plane', 'local', '--name', 'ada']
const VALUE = 'a value that no list of processes shows'

let world: CommandWorld
let server: ApiServer

beforeEach(async () => {
  world = await worldOfAda()
  server = await apiServer(world.handle)
})

afterEach(() => server.stop())

/** Starts the command as a person does: a process of its own, found by its state folder. */
function start(args: readonly string[], environment: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  const { FORCE_COLOR: _, ...inherited } = process.env
  return spawn(process.execPath, [MAIN, ...args], { env: { ...inherited, AP_STATE_DIR: server.state, ...environment } })
}

const exitOf = (child: ChildProcessWithoutNullStreams): Promise<number | null> =>
  new Promise((resolve) => child.once('close', resolve))

async function ending(child: ChildProcessWithoutNullStreams, input = '') {
  child.stdin.end(input)
  const [exitCode, stdout, stderr] = await Promise.all([exitOf(child), text(child.stdout), text(child.stderr)])
  return { exitCode, stdout, stderr }
}

const planes = (args: readonly string[]) => ending(start(args))

describe('the planes process', () => {
  test('prints data on stdout, without colour in a pipe, and ends with 0', async () => {
    const { exitCode, stdout, stderr } = await planes(['status'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(/ada\s+Ready\s+ada@example\.com/)
    expect(stdout).not.toContain('\u001b')
  })

  test.each([
    [['status', '--json', '--nope'], "unknown option '--nope'"],
    [['add-agent', '--json'], "required option '--plane <plane>' not specified"],
    [['statsu', '--json'], "unknown command 'statsu'"],
  ])('prints a mistake in %j as JSON, too', async (args, message) => {
    const { exitCode, stdout, stderr } = await planes(args)
    const error = { code: 'Usage', message: expect.stringContaining(message), suggestion: expect.any(String) }
    expect({ exitCode, said: JSON.parse(stdout) }).toEqual({ exitCode: 1, said: { version: 1, error } })
    expect(stderr).toContain(message)
  })

  test.each(['status', 'doctor'])('%s ends at Ctrl-C although the API has not answered yet', async (verb) => {
    const asked = Promise.withResolvers<void>()
    await server.stop()
    server = await apiServer(async () => {
      asked.resolve()
      return new Promise<Response>(() => undefined)
    })
    const child = start([verb])
    await asked.promise
    child.kill('SIGINT')
    expect(await ending(child)).toEqual({ exitCode: 2, stdout: '', stderr: 'Cancelled.\n' })
  })

  test('colours where it is asked to, and not against NO_COLOR', async () => {
    const coloured = await ending(start(['status'], { FORCE_COLOR: '1' }))
    expect(coloured.stdout).toContain('\u001b[32mReady')
    const plain = await ending(start(['status'], { NO_COLOR: '1' }))
    expect(plain.stdout).not.toContain('\u001b')
  })

  test('takes a secret from standard input; its arguments hold none', async () => {
    const child = start(['secret', 'set', ...ONE, '--secret', 'openai-api-key'])
    const seen = await readFile(`/proc/${child.pid}/cmdline`, 'utf8').catch(() => '')
    const { exitCode, stdout, stderr } = await ending(child, `${VALUE}\n`)
    expect({ exitCode, values: [...world.vault.values()] }).toEqual({ exitCode: 0, values: [VALUE] })
    expect(stdout + stderr + seen).not.toContain(VALUE)
  })

  test('refuses to remove without --yes when nobody can be asked', async () => {
    const { exitCode, stderr } = await planes(['remove-agent', ...ONE])
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--yes') as string })
    expect((await planes(['remove-agent', ...ONE, '--yes', '--json'])).exitCode).toBe(0)
  })

  test('ends with 8 when waiting was not long enough', async () => {
    await engineWrites(world, 'ada', { phase: 'Provisioning' })
    const add = ['add-agent', ...ONE, '--owner', 'ada@example.com', '--wait', '--timeout', '1s']
    const { exitCode, stderr } = await planes(add)
    expect(exitCode).toBe(8)
    expect(stderr).toContain('still Provisioning')
  })

  test('is cancelled by Ctrl-C with 2', async () => {
    await engineWrites(world, 'ada', { phase: 'Provisioning', steps: { disk: { state: 'doing', attempt: 1 } } })
    const child = start(['add-agent', ...ONE, '--owner', 'ada@example.com', '--wait'])
    child.stderr.on('data', (chunk: Buffer) => {
      if (chunk.includes('disk')) child.kill('SIGINT')
    })
    const { exitCode, stderr } = await ending(child)
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('goes on') as string })
  })

  test.each([[['logs', ...ONE]], [['--help']]])('%j ends quietly when nobody reads on', async (args) => {
    for (let index = 0; index < 3000; index++) {
      world.lines.push({ atMs: world.clock.ms - 5000 + index, severity: 'info', text: 'x'.repeat(200) })
    }
    const child = start(args)
    child.stdout.destroy()
    const [exitCode, stderr] = await Promise.all([exitOf(child), text(child.stderr)])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })

  test('says which Node.js it needs to one that is too old', async () => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } })`
    const { exitCode, stdout, stderr } = await ending(
      start(['status'], { NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(pretend)}"` }),
    )
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(/^planes needs Node\.js 24, from 24\.16 on; this is v\S+\.\n$/)
  })

  test('says what is missing, with an example, and nothing else', async () => {
    expect(await planes(['start', '--plane', 'local'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        "error: required option '--name <agent>' not specified\nExample: planes start --plane acme-agents --name alice\nAdd --help to see how it is used.\n",
    })
  })

  test('asks for one thing under one key, and says from where', async () => {
    expect((await planes(['restart', ...ONE, '--json'])).exitCode).toBe(0)
    expect(world.trail.at(-1)?.entry).toMatchObject({
      action: 'restart',
      surface: 'cli',
      key: expect.stringMatching(/^[\da-f-]{36}$/) as string,
    })
  })

  test('asks once for what is sent again under a key of its own', async () => {
    const restart = ['restart', ...ONE, '--idempotency-key', 'nightly-restart-7', '--json']
    const said = [await planes(restart), await planes(restart)]
    expect(said[1]).toEqual(said[0])
    expect(world.trail.map(({ entry }) => entry.key).filter((key) => key === 'nightly-restart-7')).toHaveLength(1)
  })

  test('follows over an outage, and ends with 0 at Ctrl-C', async () => {
    world.lines.push({ atMs: world.clock.ms - 1, severity: 'info', text: 'hello' })
    const child = start(['logs', ...ONE, '--follow'])
    child.stdout.once('data', () => void server.stop())
    child.stderr.once('data', () => child.kill('SIGINT'))
    const { exitCode, stderr } = await ending(child)
    server = await apiServer(world.handle)
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(/^Could not reach the API at .* It is tried again until Ctrl-C\.\n$/) as string,
    })
  })

  test('prints an error as JSON where JSON is wanted, and never where it comes from', async () => {
    const { exitCode, stdout, stderr } = await planes(['show', '--plane', 'local', '--name', 'eve', '--json'])
    expect({ exitCode, error: JSON.parse(stdout) as unknown }).toMatchObject({
      exitCode: 1,
      error: { version: 1, error: { code: 'NoSuchAgent', field: 'name', suggestion: 'It has: ada.' } },
    })
    expect(stderr).not.toMatch(/\n\s+at /)
    const shown = await planes(['show', '--plane', 'local', '--name', 'eve', '--debug'])
    expect(shown.stderr).toMatch(/\n\s+at /)
  })

  test('says what it tried to reach when the plane is not running', async () => {
    const freed = await apiServer(world.handle)
    await freed.stop()
    await writeFile(join(server.state, 'local.json'), JSON.stringify({ apiUrl: freed.url, tokenFile: 'token' }))
    expect(await planes(['status'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `Error: Could not reach the API at ${freed.url}: nobody answers.\nIs the local plane running? Start it with: npm start\n`,
    })
  })

  test('ends with 4 when the token is not of the plane', async () => {
    await writeFile(join(server.state, 'token'), 'another token')
    expect(await planes(['status'])).toMatchObject({ exitCode: 4, stdout: '' })
    const examined = await ending(start(['doctor'], { PATH: '' }))
    expect(examined).toMatchObject({
      exitCode: 4,
      stdout: expect.stringMatching(/✗ Sign-in: .*\n {4}The plane was started anew/) as string,
    })
  })

  test.each([[['--help']], [['add-agent', '--help']], [['secret', 'set', '--help']]])('helps with %j', async (args) => {
    const { exitCode, stdout } = await planes(args)
    expect(exitCode).toBe(0)
    expect(stdout).toContain('Usage: planes')
  })
})
