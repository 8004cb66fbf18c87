import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { commandTree } from '../../clients/cli/command-tree.ts'
import { planesProgram } from '../../clients/cli/program.ts'
import { readmeText as cliText } from '../../clients/cli/readme-text.ts'
import { readmeText as apiText } from '../../shared/api/readme-text.ts'

const pages = [
  ['clients/cli/README.md', () => cliText(commandTree(planesProgram(async () => undefined)))],
  ['shared/api/README.md', apiText],
] as const

// The formatter lays tables out; what counts is what they say.
const said = (text: string): string => text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---')

test.each(pages)('%s says what is so today; npm run docs writes it anew', async (path, make) => {
  const text = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')
  expect(said(text)).toBe(said(make()))
})
