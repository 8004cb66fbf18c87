import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { locate } from '../../clients/cli/locate.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'planes-locate-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function write(state: string, plane: unknown, token?: string): Promise<void> {
  await mkdir(join(folder, state), { recursive: true })
  await writeFile(join(folder, state, 'local.json'), typeof plane === 'string' ? plane : JSON.stringify(plane))
  if (token !== undefined) await writeFile(join(folder, state, 'token'), token)
}

const PLANE = { apiUrl: 'http://127.0.0.1:8787/api', tokenFile: 'token' }
const FOUND = { url: 'http://127.0.0.1:8787/api', token: 'the-token' }

test('the state folder is found from any folder under it', async () => {
  await write('.agents-plane', PLANE, 'the-token\n')
  await mkdir(join(folder, 'a/b'), { recursive: true })
  expect(await locate({ cwd: join(folder, 'a/b') })).toMatchObject(FOUND)
})

test('a state folder that was named is the only one looked at', async () => {
  await write('.agents-plane', { ...PLANE, apiUrl: 'http://127.0.0.1:1' }, 'another-token')
  await write('elsewhere', { ...PLANE, tokenFile: join(folder, 'elsewhere/token') }, 'the-token')
  expect(await locate({ state: 'elsewhere', cwd: folder })).toMatchObject(FOUND)
})

test('a plane that another user of the machine announced in a folder above is not believed', async () => {
  await write('.agents-plane', PLANE, 'the-token')
  await expect(locate({ cwd: folder }, (process.getuid?.() ?? 0) + 1)).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringContaining('belongs to another user') as string,
  })
})

const misses: [what: string, write: () => Promise<void>, exitCode: number, message: RegExp][] = [
  ['no state folder', async () => undefined, 1, /No local plane found: looked for .*state.local\.json\./],
  ['a file that is not JSON', () => write('state', '{'), 1, /does not say where the local plane is/],
  ['a file without an address', () => write('state', { tokenFile: 'token' }), 1, /does not say where/],
  ['an address that is none', () => write('state', { ...PLANE, apiUrl: 'file:///etc' }), 1, /does not say where/],
  ['an address elsewhere', () => write('state', { ...PLANE, apiUrl: 'http://10.0.0.1:80' }), 1, /does not say where/],
  ['no token', () => write('state', PLANE), 4, /token could not be read from .*token/],
  ['an empty token', () => write('state', PLANE, '\n'), 4, /token could not be read/],
]

test.each(misses)('%s is told with how to start the plane', async (_, prepare, exitCode, message) => {
  await prepare()
  await expect(locate({ state: 'state', cwd: folder })).rejects.toMatchObject({
    exitCode,
    message: expect.stringMatching(message) as string,
    suggestion: expect.stringContaining('npm start') as string,
  })
})
