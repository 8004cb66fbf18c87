import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import { expect, onTestFinished, test } from 'vitest'
import { downloadJar, type Release } from '../../infra/local/emulators/download.ts'
import { temporaryFolder } from './folder.ts'

async function served(content: Uint8Array, status = 200): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(content))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function releaseOf(content: Uint8Array, name: string, path = name): Promise<Release> {
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { url: `${await served(content)}/${name}`, bytes: content.byteLength, sha256, path }
}

const silent = (): void => undefined

test('a jar that is what it must be ends up in the cache, and its size is told before', async () => {
  const folder = temporaryFolder()
  const said: string[] = []
  const release = await releaseOf(strToU8('a jar'), 'emulator.jar')
  const jar = await downloadJar('firestore', folder, (line) => said.push(line), release)
  expect(jar).toEqual({ path: join(folder, 'emulator.jar'), from: 'download' })
  expect(readFileSync(jar.path, 'utf8')).toBe('a jar')
  expect(readdirSync(folder)).toEqual(['emulator.jar'])
  expect(said.join()).toContain('MB from http://127.0.0.1')
})

test('a jar inside an archive is taken out of it', async () => {
  const folder = temporaryFolder()
  const archive = zipSync({ 'pubsub-emulator/lib/x-all.jar': strToU8('a jar'), 'pubsub-emulator/README': strToU8('x') })
  const release = await releaseOf(archive, 'emulator.zip', 'p-1/pubsub-emulator/lib/x-all.jar')
  const jar = await downloadJar('pubsub', folder, silent, release)
  expect(readFileSync(jar.path, 'utf8')).toBe('a jar')
})

test.each<[string, Partial<Release>, RegExp]>([
  ['another checksum', { sha256: '00' }, /SHA-256 is not the expected one/],
  ['fewer bytes', { bytes: 9 }, /got 5 bytes instead of 9/],
  ['more bytes', { bytes: 3 }, /instead of 3/],
])('a jar of %s is refused, and nothing is left', async (_, wrong, message) => {
  const folder = temporaryFolder()
  const release = { ...(await releaseOf(strToU8('a jar'), 'emulator.jar')), ...wrong }
  await expect(downloadJar('firestore', folder, silent, release)).rejects.toThrow(message)
  expect(readdirSync(folder)).toEqual([])
})

test('an address that does not answer is told of with the command that installs the emulator', async () => {
  const release = { url: 'http://127.0.0.1:1/x.jar', bytes: 1, sha256: '', path: 'x.jar' }
  const attempt = downloadJar('pubsub', temporaryFolder(), silent, release)
  await expect(attempt).rejects.toThrow(
    /could not be downloaded from http.*Install it with: gcloud components install pubsub-emulator/,
  )
})
