import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { programFiles } from './program-files.ts'
import { tarball } from './tarball.ts'

/** What a machine boots with: the same for every agent. */
export type StartupScript = { readonly text: string; readonly sha256: string }

/** The line of `startup.sh` in whose place the programs stand. */
const PLACEHOLDER = '{{program}}'
const LINE = /.{1,120}/g

/** Composes the startup script out of `startup.sh` and the sources of all that runs on a machine. */
export async function startupScript(): Promise<StartupScript> {
  const root = repository(import.meta.dirname)
  const script = await readFile(join(root, 'infra/machine/vm/startup.sh'), 'utf8')
  const program = Buffer.from(tarball(await programFiles(root))).toString('base64')
  const text = script.replace(PLACEHOLDER, (program.match(LINE) ?? []).join('\n'))
  return { text, sha256: createHash('sha256').update(text).digest('hex') }
}

/** The folder that holds the sources, whether they or what was compiled of them is being run. */
function repository(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder
  if (dirname(folder) === folder) throw new Error('the sources of the machine are not beside the program')
  return repository(dirname(folder))
}
