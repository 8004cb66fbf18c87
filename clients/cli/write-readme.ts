import { writeFile } from 'node:fs/promises'
import { commandTree } from './command-tree.ts'
import { planesProgram } from './program.ts'
import { readmeText } from './readme-text.ts'

const text = readmeText(commandTree(planesProgram(async () => undefined)))
await writeFile(new URL('README.md', import.meta.url), text)
