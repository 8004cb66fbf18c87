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
  const files = await readdir(folder)
  // Some have no file of its own for it, and print it in full at the end of their README.
  const file = files.find((entry) => /^licen[cs]e/i.test(entry)) ?? files.find((entry) => /^readme/i.test(entry))
  const text = file === undefined ? '' : await readFile(join(folder, file), 'utf8')
  if (!/copyright/i.test(text)) throw new Error(`${folder} has no licence`)
  return `${name} ${version}\n\n${text}`
}
