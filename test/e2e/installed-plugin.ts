import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { ensureInstalled } from '../../infra/machine/install.ts'
import { gatewayEnvironment } from '../../shared/openclaw/gateway-environment.ts'
import { OPENCLAW_MINIMUM } from '../../shared/openclaw/version.ts'
import { defaultCacheDir } from '../../shared/process/context.ts'
import { run } from '../fakes/run.ts'
import type { Said } from '../fakes/run.ts'
import type { Installation } from './installation.ts'

const cacheDir = defaultCacheDir(process.env)
const pathWithNode = (): string => `${dirname(process.execPath)}:${process.env['PATH']}`

/** `openclaw …` as a person runs it. */
export type OpenClaw = (args: readonly string[], input?: string) => Promise<Said>

/** The plugin as OpenClaw installed it: typed to OpenClaw, and to a host that does with it what OpenClaw does. */
export type InstalledPlugin = { readonly openclaw: OpenClaw; readonly host: OpenClaw }

const HOST = 'test/e2e/plugin-host.mjs'

/**
 * OpenClaw of the pinned version with the plugin as it would be published, in a home of its own and where no package
 * registry answers. On a busy machine it tells on standard error how slow its database is.
 */
export async function openclawWithPlugin({ folder, found }: Installation): Promise<InstalledPlugin> {
  const signal = AbortSignal.timeout(500_000)
  const program = await ensureInstalled({ version: OPENCLAW_MINIMUM, cacheDir, onProgress: () => undefined, signal })
  const home = join(folder, 'home')
  const folders = {
    home,
    state: join(home, '.openclaw'),
    configuration: join(home, '.openclaw', 'openclaw.json'),
    compileCache: join(cacheDir, 'compile-cache', OPENCLAW_MINIMUM),
    temporary: join(folder, 'temporary'),
  }
  const env = {
    ...gatewayEnvironment(folders, { ...process.env, PATH: pathWithNode() }),
    ...found,
    npm_config_registry: 'http://127.0.0.1:9',
  }
  const openclaw: OpenClaw = (args, input) => run(process.execPath, [program, ...args], { env, input })
  const done = await openclaw(['plugins', 'install', await pack(folder), '--force', '--accept-capabilities'])
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('Installed plugin: planes') as string })
  const installed = join(folders.state, 'extensions', 'planes')
  return { openclaw, host: (args, input) => run(process.execPath, [HOST, installed, ...args], { env, input }) }
}

async function pack(folder: string): Promise<string> {
  const packed = join(folder, 'packed')
  await mkdir(packed)
  const args = ['pack', './clients/openclaw', '--pack-destination', packed]
  const { code, stderr } = await run('npm', args, { env: { ...process.env, PATH: pathWithNode() } })
  if (code !== 0) throw new Error(`npm pack failed: ${stderr}`)
  const [name = ''] = await readdir(packed)
  return join(packed, name)
}
