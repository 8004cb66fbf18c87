import { chmod, copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { serveLoopback } from '../../shared/process/serve.ts'
import { until } from '../../shared/process/until.ts'
import { forServedNode } from './boot-looks.ts'
import { run } from './boot-run.ts'
import { SETUP_MS } from './booted.ts'
import type { Booted } from './booted.ts'

const BAKE = new URL('../../infra/machine/image/bake.sh', import.meta.url).pathname
const GCLOUD = new URL('stand-in-gcloud.mjs', import.meta.url).pathname

/** What `bake.sh` printed, and what it asked of Google's cloud. */
export type Baking = { readonly said: string; readonly commands: readonly string[] }

/** Has `bake.sh` make an image of a machine: what it would create, describe and keep is this one, and its root. */
export async function bakeImage(machine: Booted): Promise<Baking> {
  const folder = await mkdtemp(join(tmpdir(), 'ap-bake-'))
  const commands: string[] = []
  const failures: unknown[] = []
  const cloud = await serveLoopback(async (request) => {
    const words = (await request.json()) as readonly string[]
    commands.push(words.join(' '))
    return answer(machine, words).then(
      (text) => new Response(text),
      (error: unknown) => new Response(null, { status: 500, statusText: String(failures.push(error)) }),
    )
  }, 0)
  try {
    await copyFile(GCLOUD, join(folder, 'gcloud'))
    await chmod(join(folder, 'gcloud'), 0o755)
    const path = `PATH=${folder}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`
    const where = ['--project', 'acme-control', '--zone', 'us-east4-a', '--subnet', 'default']
    return { said: await run('env', path, `GCLOUD_STAND_IN=${cloud.url}`, BAKE, ...where), commands }
  } catch (error) {
    throw failures[0] ?? error
  } finally {
    await cloud.close()
    await rm(folder, { recursive: true })
  }
}

async function answer(machine: Booted, words: readonly string[]): Promise<string> {
  const command = words.slice(1, 3).join(' ')
  if (command === 'instances create') {
    const [, file = ''] = words.find((word) => word.startsWith('startup-script='))?.split('=') ?? []
    machine.tell({ attributes: { 'startup-script': forServedNode(await readFile(file, 'utf8'), machine) } })
    await machine.start()
  }
  if (command === 'instances get-serial-port-output') return readyAtLast(machine)
  if (command === 'instances stop') {
    await machine.on('root', 'systemctl poweroff')
    await machine.off()
  }
  return ''
}

/** What a machine says that sets itself up. Nobody has to ask twice. */
async function readyAtLast(machine: Booted): Promise<string> {
  const isReady = async (): Promise<boolean> => (await machine.printed()).includes('the image is ready')
  await until(isReady, { withinMs: SETUP_MS })
  return machine.printed()
}
