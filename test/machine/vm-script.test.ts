import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startupScript } from '../../infra/machine/vm/startup-script.ts'
import { tarball } from '../../infra/machine/vm/tarball.ts'
import { hasProgram } from '../fakes/debian.ts'

const run = promisify(execFile)
const TEMPLATE = new URL('../../infra/machine/vm/startup.sh', import.meta.url)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ap-script-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Calls functions of the startup script, with another place for what it installs, or another pinned checksum. */
async function call(commands: string, env: Readonly<Record<string, string>> = {}, sha256?: string): Promise<string> {
  const script = (await readFile(TEMPLATE, 'utf8'))
    .replace('readonly BASE=/opt/agents-plane', `readonly BASE=${folder}`)
    .replace(/NODE_SHA256=(\w+)/, (_, pinned: string) => `NODE_SHA256=${sha256 ?? pinned}`)
    .replace(/\nmain\n$/, '\n')
  const environment = { PATH: process.env['PATH'] ?? '', ...env }
  const { stdout, stderr } = await run('bash', ['--norc', '-c', `${script}\n${commands}`], { env: environment })
  return stdout + stderr
}

test('the same sources make the same script, and its hash is its own', async () => {
  const [first, second] = [await startupScript(), await startupScript()]
  expect(second).toEqual(first)
  expect(first.sha256).toBe(createHash('sha256').update(first.text).digest('hex'))
})

test('the script fits into a metadata value, with the room to grow that the README says', async () => {
  const kilobytes = Buffer.byteLength((await startupScript()).text) / 1024
  expect(kilobytes).toBeLessThan(200)
  const readme = await readFile(new URL('../../infra/machine/README.md', import.meta.url), 'utf8')
  const [, said = ''] = /about\s(\d+) KB of the 256 KB/.exec(readme) ?? []
  expect(Math.abs(kilobytes - Number(said))).toBeLessThan(5)
})

test('the script is one that bash can read', async () => {
  const path = join(folder, 'startup.sh')
  await writeFile(path, (await startupScript()).text)
  await expect(run('bash', ['-n', path])).resolves.toMatchObject({ stderr: '' })
})

test('the script has nothing to find fault with', async (context) => {
  if (!(await hasProgram('shellcheck'))) return context.skip('shellcheck is missing')
  const token = new URL('../../infra/machine/vm/system/gateway-token', import.meta.url).pathname
  const bake = new URL('../../infra/machine/image/bake.sh', import.meta.url).pathname
  await expect(run('shellcheck', [TEMPLATE.pathname, token, bake])).resolves.toMatchObject({ stdout: '' })
})

test('the programs that are packed run where nothing else is installed', async () => {
  const script = (await startupScript()).text.replace('/opt/agents-plane', folder).replace(/\nmain\n$/, '\n')
  await run('bash', ['--norc', '-c', `${script}\nunpack_program`])
  const programs = await readdir(join(folder, 'program/infra/machine/vm'))
  expect(programs).toContain('ask-broker.mts')
  const imported = programs.filter((name) => name.endsWith('.ts') && !PROGRAMS.has(name))
  const imports = imported.map((name) => `import '${folder}/program/infra/machine/vm/${name}'`).join('\n')
  await expect(run(process.execPath, ['--input-type=module', '-e', imports])).resolves.toMatchObject({ stderr: '' })
})

/** What does its work as soon as it is run, and takes a machine for it. */
const PROGRAMS = new Set(
  ['read-facts', 'install-openclaw', 'serve-secrets', 'send-heartbeats', 'send-logs', 'run-supervisor'].map(
    (name) => `${name}.ts`,
  ),
)

const NODE = 'v24.21.0'

/** A mirror that has something in the place of Node.js: an archive of a folder with a program, or anything else. */
async function mirror(content?: string): Promise<{ readonly url: string; readonly sha256: string }> {
  const place = join(folder, 'mirror', NODE)
  const archive = join(place, `node-${NODE}-linux-x64.tar.xz`)
  await mkdir(join(place, 'packed/bin'), { recursive: true })
  await writeFile(join(place, 'packed/bin/node'), '#!/bin/sh\necho the one that was mirrored\n', { mode: 0o755 })
  if (content === undefined) await run('tar', ['-cJf', archive, '-C', place, 'packed'])
  else await writeFile(archive, content)
  const sha256 = createHash('sha256').update(await readFile(archive))
  return { url: `file://${folder}/mirror`, sha256: sha256.digest('hex') }
}

test('Node.js is installed from a mirror when its checksum is the pinned one, and only once', async () => {
  const { url, sha256 } = await mirror()
  const commands = `install_node; install_node; ${folder}/node/bin/node`
  const said = await call(commands, { AP_NODE_MIRROR: url }, sha256)
  expect(said).toBe(`agents-plane: installing Node.js ${NODE}\nthe one that was mirrored\n`)
  expect((await readdir(folder)).toSorted()).toEqual(['mirror', 'node', `node-${NODE}`])
})

test('a Node.js that is not the pinned one is refused, and nothing of it stays', async () => {
  const { url } = await mirror('something else')
  await expect(call('install_node', { AP_NODE_MIRROR: url })).rejects.toThrow('not the Node.js that is pinned')
  expect(await readdir(folder)).toEqual(['mirror'])
})

/** Nothing is installed, and an apt-get that says what it was asked for and fails `times` times. */
const failingApt = (times: number): string => `
  command() { false; }
  sleep() { echo "sleep $1"; }
  failures=0
  apt-get() { echo "apt-get $1"; [ $((failures += 1)) -gt ${times} ]; }`

test('packages are asked for again when they cannot be had at once', async () => {
  const said = await call(`${failingApt(2)}\ninstall_packages`)
  expect(said.split('\n').slice(1)).toEqual([
    'apt-get update',
    'sleep 15',
    'apt-get update',
    'sleep 15',
    'apt-get update',
    '',
  ])
  expect(said).toMatch(/^agents-plane: installing .*nftables/)
})

test('a machine that cannot have its packages says which', async () => {
  const called = call(`${failingApt(1000)}\ninstall_packages`)
  await expect(called).rejects.toThrow(/agents-plane: .*nftables.* cannot be installed/)
})

test('a disk that holds something unknown is not formatted', async () => {
  const disk = join(folder, 'disk')
  await writeFile(disk, `${'\0'.repeat(5000)}somebody's work${'\0'.repeat(5000)}`)
  const before = await readFile(disk)
  await expect(call(`format_disk ${disk}`)).rejects.toThrow('holds something that is not a filesystem')
  expect(await readFile(disk)).toEqual(before)
})

test('a link that points where it should is left alone', async () => {
  const marks = `stat --format=%i ${folder}/name; link there ${folder}/name; stat --format=%i ${folder}/name`
  const [before, after] = (await call(`link elsewhere ${folder}/name; link there ${folder}/name; ${marks}`)).split('\n')
  expect(after).toBe(before)
  expect((await run('readlink', [join(folder, 'name')])).stdout).toBe('there\n')
})

const file = (path: string, size: number) => ({ path, content: new Uint8Array(size).fill(65) })

test('an archive holds what was packed, whatever the order it came in', async () => {
  const files = [file('a/b.ts', 700), file('c', 0), file('d', 512)]
  const archive = tarball(files)
  expect(tarball(files.toReversed())).toEqual(archive)
  await writeFile(join(folder, 'x.tar.gz'), archive)
  await run('tar', ['-xzf', join(folder, 'x.tar.gz'), '-C', folder])
  expect((await readFile(join(folder, 'a/b.ts'))).length).toBe(700)
  expect((await readFile(join(folder, 'd'))).length).toBe(512)
  await expect(access(join(folder, 'c'))).resolves.toBeUndefined()
  expect(() => tarball([file('x'.repeat(100), 1)])).toThrow('too long')
})
