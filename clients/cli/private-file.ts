import { randomUUID } from 'node:crypto'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** What a file says; undefined where there is none. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

/** Writes a value as JSON into a file that nobody else may read, whole or not at all. */
export async function writePrivately(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(draft, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600, flush: true })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

const DRAFT = /^\.[\da-f-]{36}\.tmp$/

/** Deletes a file that was written privately, and the drafts of it that a crash left. */
export async function deletePrivate(path: string): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)]
  const isDraft = (entry: string): boolean => entry.startsWith(name) && DRAFT.test(entry.slice(name.length))
  const drafts = (await readdir(folder).catch(() => [])).filter(isDraft)
  await Promise.all([name, ...drafts].map((entry) => rm(join(folder, entry), { force: true })))
}
