import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { tarball } from '../../infra/machine/vm/tarball.ts'
import { run } from './boot-run.ts'

/** Where a machine downloads from, in its own network. */
export const DOWNLOADS = { port: 8080, url: 'http://127.0.0.1:8080' } as const

/** The release of Node.js that is pinned, and those of OpenClaw that the registry has. */
export const NODE = 'v24.21.0'
const RELEASES = ['2026.9.6', '2026.9.7'] as const

const encoder = new TextEncoder()

/** Makes a folder of packages one that apt takes for a repository. https://wiki.debian.org/DebianRepository/Format */
export async function indexPackages(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.deb')).toSorted()
  const entries = names.map(async (name) => {
    const content = await readFile(join(folder, name))
    const sha256 = createHash('sha256').update(content).digest('hex')
    const fields = await run('dpkg-deb', '--field', join(folder, name))
    return `${fields.trim()}\nFilename: ${name}\nSize: ${content.length}\nSHA256: ${sha256}\n`
  })
  await writeFile(join(folder, 'Packages'), (await Promise.all(entries)).join('\n'))
}

/** Packs the Node.js and the npm that run here the way nodejs.org packs them. */
export async function packNode(folder: string): Promise<void> {
  const name = `node-${NODE}-linux-x64`
  const packed = join(folder, name)
  const npm = dirname(dirname(await realpath((await run('sh', '-c', 'command -v npm')).trim())))
  await mkdir(join(packed, 'bin'), { recursive: true })
  await cp(process.execPath, join(packed, 'bin/node'))
  await cp(npm, join(packed, 'lib/node_modules/npm'), { recursive: true })
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(packed, 'bin/npm'))
  await mkdir(join(folder, NODE))
  const archive = join(folder, NODE, `${name}.tar.xz`)
  await run('tar', '--create', '--use-compress-program=xz -0', '--file', archive, '--directory', folder, name)
  await rm(packed, { recursive: true })
}

/**
 * Lays out in `folder` what a machine may download: Debian's packages, Node.js, and an OpenClaw that starts in a moment.
 * @returns the checksum of the Node.js that is there
 */
export async function layOutDownloads(folder: string, stock: string): Promise<string> {
  await mkdir(join(folder, 'npm'), { recursive: true })
  for (const name of ['debian', 'node']) await symlink(join(stock, name), join(folder, name))
  const versions = await Promise.all(RELEASES.map((version) => release(join(folder, 'npm'), version)))
  const known = Object.fromEntries(versions.map((manifest) => [manifest.version, manifest]))
  await writeFile(join(folder, 'npm/openclaw'), JSON.stringify({ name: 'openclaw', versions: known }))
  const archive = await readFile(join(folder, 'node', NODE, `node-${NODE}-linux-x64.tar.xz`))
  return createHash('sha256').update(archive).digest('hex')
}

/** What else a release may do where it is installed: outlive that, to change later what was found good. */
const LINGERING = `
if (process.argv[2] === '--version')
  spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' }).unref()
`

/** Publishes a release; what a registry says of it. https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md */
async function release(folder: string, version: string) {
  const source = await readFile(new URL('fake-openclaw.mjs', import.meta.url), 'utf8')
  const manifest = { name: 'openclaw', version }
  const archive = tarball([
    { path: 'package/package.json', content: encoder.encode(JSON.stringify(manifest)) },
    { path: 'package/.openclaw-lifecycle-pending', content: new Uint8Array() },
    { path: 'package/openclaw.mjs', content: encoder.encode(source.replaceAll(RELEASES[0], version) + LINGERING) },
  ])
  const name = `openclaw-${version}.tgz`
  await writeFile(join(folder, name), archive)
  const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`
  return { ...manifest, dist: { tarball: `${DOWNLOADS.url}/npm/${name}`, integrity } }
}
