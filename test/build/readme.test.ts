import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { agentGraph } from '../../shared/lifecycle/graph.ts'
import { registerPlanes } from '../../clients/cli/register.ts'
import { Command } from 'commander'

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')

test('the README draws every step of the graph that runs', () => {
  const drawing = readme.slice(readme.indexOf('## How it works'))
  for (const { name } of agentGraph) expect(drawing).toContain(name)
})

test('the README shows the two commands of a fresh machine', () => {
  expect(readme).toContain('npm ci && npm start')
  expect(readme).toContain('npm ci && npm test')
})

test('every planes command in the README exists, with its options', () => {
  const program = new Command()
  registerPlanes(program, async () => {})
  const lines = readme.split('\n').filter((line) => line.startsWith('npx planes '))
  expect(lines.length).toBeGreaterThan(4)
  for (const line of lines) {
    const words = line
      .replace(/\s+#.*/, '')
      .split(/\s+/)
      .slice(2)
    const command = words.reduce<Command>((at, word) => at.commands.find((sub) => sub.name() === word) ?? at, program)
    expect(command).not.toBe(program)
    const known = command.options.map(({ long }) => long)
    for (const option of words.filter((word) => word.startsWith('--'))) expect(known).toContain(option)
  }
})

test('every file the README points at is there', async () => {
  for (const [, path = ''] of readme.matchAll(/\]\((?!http)([^)]+\.\w+)\)/g))
    await expect(readFile(new URL(`../../${path}`, import.meta.url), 'utf8')).resolves.not.toBe('')
})
