import { randomUUID } from 'node:crypto'
import { access, mkdir, readFile, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ProviderError } from '../ports/errors.ts'

/** Makes a folder that only its owner can enter. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
}

/** Replaces a file's content at once: a reader sees the old or the new, never half of one. */
export async function writeWhole(path: string, content: string, mode = 0o600): Promise<void> {
  await makeFolder(dirname(path))
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(temporary, content, { mode, flush: true })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Replaces a record. */
export const writeRecord = (path: string, record: unknown): Promise<void> =>
  writeWhole(path, `${JSON.stringify(record, undefined, 2)}\n`)

/** A file's text; undefined when there is none. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** A record that we wrote ourselves; undefined when there is none. @throws ProviderError Invalid when it is damaged */
export async function readRecord<T>(path: string): Promise<T | undefined> {
  const text = await readText(path)
  return text === undefined ? undefined : (parseRecord(path, text) as T)
}

/** A record that must be there. @throws when it is not */
export async function readExisting<T>(path: string): Promise<T> {
  return parseRecord(path, await readFile(path, 'utf8')) as T
}

/** A record among many, of which a damaged one must not hide the others; undefined also when it is damaged. */
export function readUndamaged<T>(path: string): Promise<T | undefined> {
  return unlessDamaged(readRecord<T>(path))
}

/** What was read; undefined when a record it needed is damaged. */
export function unlessDamaged<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: unknown) => {
    if (error instanceof ProviderError && error.kind === 'Invalid') return undefined
    throw error
  })
}

function parseRecord(path: string, text: string): object {
  try {
    const record: unknown = JSON.parse(text)
    if (typeof record === 'object' && record !== null) return record
  } catch {
    // The parser's own message would quote the record.
  }
  const fix = 'restore it from a backup, or delete it to have it made anew; then retry'
  throw new ProviderError('Invalid', `${path} is damaged: ${fix}`)
}

/** What is in a folder, by name; nothing when there is no such folder. What cannot be read is not empty. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** Removes a folder if nothing is left in it. */
export async function removeEmpty(path: string): Promise<void> {
  try {
    await rmdir(path)
  } catch (error) {
    if (!isMissing(error) && !['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error
  }
}

/** Removes a file or a folder with all that is in it; succeeds on the absent. */
export const removeAll = (path: string): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 3 })

/** Removes a folder whose record says that it exists: the record goes last, so that a removal cut short is seen. */
export async function removeRecorded(folder: string, record: string): Promise<void> {
  const entries = await namesIn(folder)
  for (const path of entries.map((name) => join(folder, name))) if (path !== record) await removeAll(path)
  await removeAll(folder)
}

/** Whether something is there. */
export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const codeOf = (error: unknown): string => String(Object(error).code)
const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error))
