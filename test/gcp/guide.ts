import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import type { must } from './a-cloud.ts'
import { PROJECT_NUMBER } from './governed-cloud.ts'

/** The agents' project of the guide's examples. */
export const AGENTS = 'acme-agents-1'

const root = new URL('../../', import.meta.url)

/** What an admin with a real project reads. */
export const guide = await readFile(new URL('infra/README.md', root), 'utf8')

/** Every command of the guide, in its order. */
export const commands = [...guide.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
  block.trim().split('\n'),
)

/** Answers the one question that the guide's shell asks of gcloud. */
const DESCRIBE = `#!/bin/sh
[ "$*" = 'projects describe ${AGENTS} --format=value(projectNumber)' ] && echo ${PROJECT_NUMBER}
`

/** What a shell makes of the lines of the guide that fill in a file. */
export async function filledIn(file: string): Promise<Parameters<typeof must>[2]> {
  const lines = commands.filter((line) => FILLING.test(line)).join('\n')
  const folder = await mkdtemp(join(tmpdir(), 'ap-guide-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await symlink(new URL('infra', root), join(folder, 'infra'))
  await writeFile(join(folder, 'gcloud'), DESCRIBE, { mode: 0o755 })
  const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}` }
  await promisify(execFile)('sh', ['-e', '-c', lines], { cwd: folder, env })
  return JSON.parse(await readFile(join(folder, file), 'utf8')) as Parameters<typeof must>[2]
}

/** Lines that fill in a file. */
export const FILLING = /^(?:NUMBER=|sed )/
