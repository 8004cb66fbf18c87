import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'rolldown'
import type { Plugin } from 'rolldown'

const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/

/**
 * Bundles the plugin and all it imports, save OpenClaw: Node strips no types below node_modules, and a package without
 * dependencies installs without a network.
 */
await build({
  cwd: import.meta.dirname,
  input: 'index.ts',
  platform: 'node',
  external: /^openclaw\//,
  plugins: [licences()],
  output: { dir: 'dist', format: 'esm', cleanDir: true },
  logLevel: 'warn',
})

/** Adds the licences of all that was bundled. */
function licences(): Plugin {
  return {
    name: 'licences',
    async generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((output) => (output.type === 'chunk' ? output.moduleIds : []))
      const folders = new Set(modules.flatMap((module) => PACKAGE.exec(module) ?? []))
      const texts = await Promise.all([...folders].toSorted().map(licenceOf))
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join('\n') })
    },
  }
}

async function licenceOf(folder: string): Promise<string> {
  const { name, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<string, string>
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry))
  if (file === undefined) throw new Error(`${folder} has no licence`)
  return `${name} ${version}\n\n${await readFile(join(folder, file), 'utf8')}`
}
