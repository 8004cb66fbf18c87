import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test, vi } from 'vitest'
import { googleIssuer, tokenCaller } from '../../shared/gcp/sign-in.ts'
import { router } from '../../shared/commands/router.ts'
import { apiServer } from '../fakes/api-server.ts'
import { authorizationServer } from '../fakes/authorization-server.ts'
import type { AuthorizationServer } from '../fakes/authorization-server.ts'
import { ADA, PLANE, commandWorld, engineWrites } from '../fakes/commands.ts'
import { PATIENT } from '../fakes/patience.ts'

const MAIN = new URL('../../clients/cli/main.js', import.meta.url).pathname
const SHOW = ['show', '--plane', 'local', '--name', 'ada']

/** An installation that believes who signed in at `server`, with an agent of ada@example.com. */
async function installation(server: AuthorizationServer, seen: (request: Request) => unknown = () => undefined) {
  const world = commandWorld()
  await world.api.createPlane(PLANE)
  await world.api.addAgent(ADA)
  await engineWrites(world, 'ada')
  const issuers = [googleIssuer([server.clientId], async () => server.publicKey)]
  const authenticate = tokenCaller(issuers, { nowMs: () => Date.now() })
  const handle = router({ ...world.ports, authenticate })
  return apiServer((request) => {
    seen(request)
    return handle(request)
  })
}

/** Starts `planes` as a person with a home of their own does. */
function start(home: string, args: readonly string[]) {
  const { FORCE_COLOR: _, AP_STATE_DIR: __, ...inherited } = process.env
  const env = { ...inherited, XDG_CONFIG_HOME: join(home, 'config'), XDG_STATE_HOME: join(home, 'state') }
  return spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function ending(child: ReturnType<typeof start>) {
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}

/** `planes` for somebody who opens each address that it prints. */
const personAt = (home: string) => (args: readonly string[]) => {
  const child = start(home, args)
  child.stderr.on('data', (chunk: Buffer) => {
    const [address] = /^http\S+$/m.exec(chunk.toString()) ?? []
    if (address !== undefined) void fetch(address)
  })
  return ending(child)
}

async function newHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'ap-home-'))
  onTestFinished(() => rm(home, { recursive: true }))
  return home
}

test('a person signs in, is known to the API, and signs out', async () => {
  const server = await authorizationServer()
  const api = await installation(server)
  onTestFinished(async () => {
    await Promise.all([server.stop(), api.stop()])
  })
  const planes = personAt(await newHome())

  const added = await planes(['context', 'add', 'acme', '--url', api.url, '--client-file', server.clientFile])
  expect(added).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`to sign in to by ${server.clientId}`) as string,
  })
  const stranger = await planes(SHOW)
  expect(stranger).toMatchObject({ code: 4, stderr: expect.stringContaining('planes login --context acme') as string })

  const login = await planes(['login', '--no-browser', '--json'])
  expect({ code: login.code, said: JSON.parse(login.stdout) as unknown }).toEqual({
    code: 0,
    said: { version: 1, context: 'acme', person: 'ada@example.com' },
  })
  expect(await planes(SHOW)).toMatchObject({ code: 0, stdout: expect.stringContaining('local/ada  Ready') as string })

  expect(await planes(['logout'])).toMatchObject({ code: 0, stdout: 'Signed out of context "acme".\n', stderr: '' })
  expect(await planes(SHOW)).toMatchObject({ code: 4, stdout: '' })
})

test('logs --follow goes on past the end of a token, with a new one', async () => {
  const server = await authorizationServer()
  const tokens = new Set<string | null>()
  const api = await installation(server, (request) => tokens.add(request.headers.get('authorization')))
  onTestFinished(async () => {
    await Promise.all([server.stop(), api.stop()])
  })
  const home = await newHome()
  const planes = personAt(home)
  await planes(['context', 'add', 'acme', '--url', api.url, '--client-file', server.clientFile])
  await planes(['login', '--no-browser'])
  server.lifetime = '30s'
  const child = start(home, ['logs', '--plane', 'local', '--name', 'ada', '--follow'])
  const ended = ending(child)
  await vi.waitUntil(() => tokens.size > 1, PATIENT)
  child.kill('SIGINT')
  expect(await ended).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('Ctrl-C ends it while a command that prints a token still runs', async () => {
  const home = await newHome()
  const [program, isAsked] = [join(home, 'print-token'), join(home, 'asked')]
  await writeFile(program, `#!/bin/sh\ntouch ${isAsked}\nexec sleep 60\n`, { mode: 0o700 })
  await personAt(home)(['context', 'add', 'acme', '--url', 'https://planes.acme.com', '--token-command', program])
  const child = start(home, ['status'])
  const ended = ending(child)
  await vi.waitUntil(() => existsSync(isAsked), PATIENT)
  child.kill('SIGINT')
  expect(await ended).toEqual({ code: 2, stdout: '', stderr: 'Cancelled.\n' })
})
