import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

type Entry = {
  readonly version?: string
  readonly resolved?: string
  readonly optionalDependencies?: Record<string, string>
}

const read = async (path: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8'))
const { packages } = (await read('package-lock.json')) as { packages: Record<string, Entry> }
const manifest = (await read('package.json')) as Record<'dependencies' | 'devDependencies', Record<string, string>>

test('the lockfile names every platform of every optional package, so that it installs anywhere', () => {
  const names = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)))
  const missing = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies).filter((name) => !names.has(name)),
  )
  expect(missing).toEqual([])
})

test('the lockfile names no registry', () => {
  const named = Object.values(packages).filter(({ resolved }) => resolved?.startsWith('http') === true)
  expect(named).toEqual([])
})

test('every dependency is pinned to one version', () => {
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
  for (const [name, version] of versions) expect(`${name} ${version}`).toMatch(/ \d+\.\d+\.\d+$/)
})
