import { readFile, readdir } from 'node:fs/promises'
import { posix } from 'node:path'
import type { Packed } from './tarball.ts'

const FOLDER = 'infra/machine/vm'

/** What the units run; whatever these import comes along. */
const PROGRAMS = ['read-facts', 'install-openclaw', 'serve-secrets', 'send-heartbeats', 'send-logs', 'run-supervisor']

/** An import that is there when the program runs; types are gone by then. */
const IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^'"]*?\sfrom\s+)?'([^']+)'/gm

/**
 * All files of a machine's programs, as they stand in the repository.
 * @param root the folder of the repository
 * @throws when a program imports a package: nothing is installed where it runs
 */
export async function programFiles(root: string): Promise<readonly Packed[]> {
  const found = new Map<string, Uint8Array>()
  const add = async (path: string): Promise<void> => {
    if (found.has(path)) return
    const content = await readFile(`${root}/${path}`)
    found.set(path, content)
    for (const next of importsOf(path, content.toString('utf8'))) await add(next)
  }
  for (const name of PROGRAMS) await add(`${FOLDER}/${name}.ts`)
  await add(`${FOLDER}/ask-broker.mts`)
  for (const name of await readdir(`${root}/${FOLDER}/system`)) await add(`${FOLDER}/system/${name}`)
  // Node takes a file for a module without looking into it.
  found.set('package.json', new TextEncoder().encode('{ "type": "module" }\n'))
  return [...found].map(([path, content]) => ({ path, content }))
}

function importsOf(path: string, source: string): readonly string[] {
  if (!/\.m?ts$/.test(path)) return []
  const names = [...source.matchAll(IMPORT)].flatMap(([, name]) => (name === undefined ? [] : [name]))
  return names.flatMap((name) => {
    if (name.startsWith('node:')) return []
    if (!name.startsWith('.')) throw new Error(`${path} imports ${name}: no package is there on an agent's machine`)
    return [posix.join(posix.dirname(path), name)]
  })
}
