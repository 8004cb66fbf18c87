import { writeFile } from 'node:fs/promises'
import { readmeText } from './readme-text.ts'

await writeFile(new URL('README.md', import.meta.url), readmeText())
