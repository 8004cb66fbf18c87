import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { contextStore, contextsPath } from '../../clients/cli/contexts.ts'
import type { ContextStore } from '../../clients/cli/contexts.ts'
import { locateApi } from '../../clients/cli/locate-context.ts'
import { loginStore } from '../../clients/cli/logins.ts'
import { addContext, listContexts, removeContext, useContext } from '../../clients/cli/verbs/context.ts'
import { fakeTerminal } from '../fakes/terminal.ts'

const ACME = { name: 'acme', url: 'https://planes.acme.com/api', json: false } as const

let folder: string
let store: ContextStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ap-contexts-'))
  store = contextStore(join(folder, 'config', 'contexts.json'))
})

afterEach(() => rm(folder, { recursive: true }))

const with_ = () => ({ store, logins: loginStore(join(folder, 'logins')), terminal: fakeTerminal(), cwd: folder })

const locateThere = (wanted: { context?: string; state?: string } = {}) =>
  locateApi({ ...wanted, cwd: folder }, { ...with_(), signal: new AbortController().signal })

const failure = (call: Promise<unknown>): Promise<{ exitCode: number; message: string; suggestion?: string }> =>
  call.then(() => ({ exitCode: 0, message: '' })).catch((error: { exitCode: number; message: string }) => error)

test('the first context is meant at once, another one when it is chosen', async () => {
  await addContext({ ...ACME, tokenFile: 'token' }, with_())
  await addContext({ name: 'home', state: '.agents-plane', json: false }, with_())
  const there = with_()
  await listContexts({ json: false }, there)
  expect(there.terminal.stdout).toEqual([
    `* acme  https://planes.acme.com/api, with a token from ${join(folder, 'token')}`,
    `  home  the local plane in ${join(folder, '.agents-plane')}`,
  ])
  await useContext({ name: 'home', json: false }, with_())
  await removeContext({ name: 'acme', json: false }, with_())
  expect(await store.read()).toMatchObject({ current: 'home', contexts: { home: {} } })
  await removeContext({ name: 'home', json: false }, with_())
  expect(await store.read()).toEqual({ version: 1, contexts: {} })
})

test('nobody else may read the file, and it holds no token', async () => {
  await writeFile(join(folder, 'token'), 'a-secret-token')
  await addContext({ ...ACME, tokenFile: 'token' }, with_())
  expect((await stat(store.path)).mode & 0o777).toBe(0o600)
  expect(await readFile(store.path, 'utf8')).not.toContain('a-secret-token')
})

test.each([
  [{}, 'Say where the installation is.'],
  [{ url: ACME.url }, 'Say where the installation is.'],
  [{ tokenFile: 'x' }, 'Say where the installation is.'],
  [{ url: ACME.url, tokenFile: 'x', tokenCommand: 'y' }, 'Say where the installation is.'],
  [{ url: ACME.url, state: 'x' }, 'Say where the installation is.'],
  [{ url: 'http://planes.acme.com', tokenFile: 'x' }, '--url must begin with https://.'],
  [{ url: 'http://localhost.evil.com', tokenFile: 'x' }, '--url must begin with https://.'],
  [{ url: 'planes', tokenFile: 'x' }, '--url must be an address such as "https://planes.acme.com".'],
])('%j is no context', async (options, message) => {
  expect(await failure(addContext({ name: 'x', json: false, ...options }, with_()))).toMatchObject({
    exitCode: 1,
    message,
  })
})

test.each([
  ['{"web":{"client_id":"x"}}'],
  ['{"installed":{"client_id":"x","auth_uri":"http://evil.com","token_uri":"https://x.com"}}'],
  ['no JSON'],
])('%s is no OAuth client for desktops', async (text) => {
  await writeFile(join(folder, 'client.json'), text)
  const add = addContext({ name: 'x', url: 'https://x.com', clientFile: 'client.json', json: false }, with_())
  const message = `${join(folder, 'client.json')} is no file of an OAuth client for desktops.`
  expect(await failure(add)).toMatchObject({ exitCode: 1, message })
})

test('a context that is not there is told from those that are', async () => {
  await addContext({ ...ACME, tokenFile: 'token' }, with_())
  const used = await failure(useContext({ name: 'acmee', json: false }, with_()))
  expect(used).toMatchObject({ message: 'There is no context "acmee".', suggestion: 'There is: acme.' })
  expect(await failure(useContext({ name: 'toString', json: false }, with_()))).toMatchObject({ exitCode: 1 })
})

test('a file that is damaged is named, and left alone', async () => {
  await mkdir(join(folder, 'config'))
  await writeFile(store.path, '{"version":2}')
  expect(await failure(store.read())).toMatchObject({ message: `${store.path} cannot be read.` })
  expect(await readFile(store.path, 'utf8')).toBe('{"version":2}')
})

test('commands at the same time lose nothing of one another', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  await Promise.all(names.map((name) => addContext({ ...ACME, name, tokenFile: 'token' }, with_())))
  await Promise.all([
    useContext({ name: 'b', json: false }, with_()),
    removeContext({ name: 'a', json: false }, with_()),
  ])
  const { current, contexts } = await store.read()
  expect([current, Object.keys(contexts).toSorted()]).toEqual(['b', names.slice(1)])
  expect(await readdir(join(folder, 'config'))).toEqual(['contexts.json'])
})

test('a change waits for another that goes on, and not for one that was killed', async () => {
  await mkdir(join(folder, 'config'))
  const lock = `${store.path}.lock`
  await writeFile(lock, '')
  const impatient = { ...with_(), store: contextStore(store.path, 1) }
  expect(await failure(addContext({ ...ACME, tokenFile: 'token' }, impatient))).toMatchObject({
    exitCode: 1,
    message: `${store.path} is being changed by another command.`,
    suggestion: 'Try again in a few seconds.',
  })
  const minuteAgo = new Date(Date.now() - 60_000)
  await utimes(lock, minuteAgo, minuteAgo)
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  await Promise.all(names.map((name) => addContext({ ...ACME, name, tokenFile: 'token' }, with_())))
  expect(Object.keys((await store.read()).contexts).toSorted()).toEqual(names)
  expect(await readdir(join(folder, 'config'))).toEqual(['contexts.json'])
})

test('the API is where the named context, the state folder, the current context or the nearest plane is', async () => {
  const local = async (name: string, port: number): Promise<void> => {
    await mkdir(join(folder, name), { recursive: true })
    await writeFile(
      join(folder, name, 'local.json'),
      JSON.stringify({ apiUrl: `http://127.0.0.1:${port}`, tokenFile: 'token' }),
    )
    await writeFile(join(folder, name, 'token'), `token-${port}`)
  }
  await local('.agents-plane', 1111)
  await local('other', 2222)
  await writeFile(join(folder, 'token'), 'acme-token\n')
  const urlOf = async (wanted: { context?: string; state?: string }) => (await locateThere(wanted)).url
  expect(await urlOf({})).toBe('http://127.0.0.1:1111')
  await addContext({ ...ACME, tokenFile: 'token' }, with_())
  await addContext({ name: 'other', state: 'other', json: false }, with_())
  expect(await urlOf({})).toBe(ACME.url)
  expect(await urlOf({ state: 'other' })).toBe('http://127.0.0.1:2222')
  expect(await urlOf({ context: 'other' })).toBe('http://127.0.0.1:2222')
  expect(await locateThere()).toMatchObject({ url: ACME.url, token: 'acme-token' })
})

test('a token is what a command prints; without one, sign-in is needed', async () => {
  const program = join(folder, 'print-token')
  await writeFile(program, '#!/bin/sh\necho "token-for-$1"\n')
  await chmod(program, 0o700)
  await addContext({ ...ACME, tokenCommand: `${program} acme` }, with_())
  expect(await locateThere()).toMatchObject({ token: 'token-for-acme' })
  for (const command of ['false', join(folder, 'nowhere'), 'echo two words']) {
    await addContext({ ...ACME, tokenCommand: command }, with_())
    const message = `No token for context "acme" came from the command "${command}".`
    expect(await failure(locateThere())).toMatchObject({ exitCode: 4, message })
  }
})

test('a token is renewed from where it came from, whichever context is current by then', async () => {
  await writeFile(join(folder, 'token'), 'first')
  await addContext({ ...ACME, tokenFile: 'token' }, with_())
  const { token, renew } = await locateThere()
  await writeFile(join(folder, 'token'), 'second')
  await writeFile(join(folder, 'other-token'), 'of-another')
  await addContext({ ...ACME, name: 'other', tokenFile: 'other-token' }, with_())
  await useContext({ name: 'other', json: false }, with_())
  expect([token, await renew(), (await locateThere()).token]).toEqual(['first', 'second', 'of-another'])
})

test('the file is where configuration goes', () => {
  expect(contextsPath({ XDG_CONFIG_HOME: '/c' }, '/home/ada')).toBe('/c/agents-plane/contexts.json')
  expect(contextsPath({}, '/home/ada')).toBe('/home/ada/.config/agents-plane/contexts.json')
})
