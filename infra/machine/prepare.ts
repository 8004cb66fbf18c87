import { randomBytes } from 'node:crypto'
import { chmod, copyFile, readdir, rm, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { GatewayFolders } from '../../shared/openclaw/gateway-environment.ts'
import { makeFolder, readText, writeWhole } from '../../shared/process/files.ts'
import type { MachineSettings } from '../../shared/process/machine-settings.ts'

/** Where a machine's things are, once they have been made. */
export type Prepared = {
  readonly folders: GatewayFolders
  readonly workspace: string
  readonly tokenFile: string
  readonly token: string
  readonly resolver: string
}

const RESOLVER = fileURLToPath(
  new URL(`resolve-secrets.${extname(import.meta.filename) === '.ts' ? 'mts' : 'mjs'}`, import.meta.url),
)

/** Makes the folders, the gateway's own token at the first boot, and the resolver that OpenClaw asks for secrets. */
export async function prepare({
  diskFolder,
  machineFolder,
  cacheDir,
  openclawVersion,
}: MachineSettings): Promise<Prepared> {
  const folders = {
    home: join(diskFolder, 'home'),
    state: join(diskFolder, 'openclaw'),
    configuration: join(diskFolder, 'openclaw', 'openclaw.json'),
    compileCache: join(cacheDir, 'compile-cache', openclawVersion),
    temporary: join(machineFolder, 'temporary'),
  }
  const workspace = join(diskFolder, 'workspace')
  const resolver = join(machineFolder, `resolve-secrets${extname(RESOLVER)}`)
  for (const folder of [folders.home, folders.state, folders.compileCache, folders.temporary, workspace])
    await makeFolder(folder)
  const tokenFile = join(diskFolder, 'gateway-token')
  await placeResolver(RESOLVER, resolver)
  return { folders, workspace, resolver, tokenFile, token: await ensureToken(tokenFile) }
}

/** The gateway's own token, made when there is none yet. */
export async function ensureToken(path: string): Promise<string> {
  const stored = await readText(path)
  if (stored !== undefined) return stored
  const token = randomBytes(32).toString('hex')
  await writeWhole(path, token, 0o600)
  return token
}

/** OpenClaw runs a resolver only when the gateway's own user owns it and nobody else may write it. */
export async function placeResolver(program: string, path: string): Promise<void> {
  await rm(path, { force: true })
  await copyFile(program, path)
  await chmod(path, 0o500)
}

/** Changes whenever a value is added to, replaced in or taken from a folder of secrets. */
export async function secretsRevision(folder: string): Promise<string> {
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.value')).toSorted()
  const marks = files.map(async (name) => {
    const { mtimeMs, ino } = await stat(join(folder, name)).catch(() => ({ mtimeMs: 0, ino: 0 }))
    return `${name}-${ino}-${Math.round(mtimeMs)}`
  })
  return (await Promise.all(marks)).join(' ')
}
