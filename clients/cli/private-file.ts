import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { CliError, EXIT } from './exit.ts'

const PAUSE_MS = 20
/** No change takes this long: whoever made a lock that is older was killed. */
const STALE_MS = 10_000

/** What a file says; undefined where there is none. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined
    throw error
  }
}

/** Writes a value as JSON into a file that nobody else may read, whole or not at all. */
export async function writePrivately(path: string, value: unknown): Promise<void> {
  await makeFolderOf(path)
  await replace(path, `${path}.${randomUUID()}.tmp`, () => value)
}

/**
 * Replaces what such a file says by what `change` makes of it. Who comes meanwhile waits: as with Git's index.lock, the
 * draft is the lock. @throws CliError when that takes longer than `patienceMs`
 */
export async function changePrivately<T>(
  path: string,
  change: (text: string | undefined) => T,
  patienceMs: number,
): Promise<T> {
  await makeFolderOf(path)
  const draft = await takeLock(path, patienceMs)
  return replace(path, draft, async () => change(await readText(path)))
}

const makeFolderOf = (path: string): Promise<unknown> => mkdir(dirname(path), { recursive: true, mode: 0o700 })

async function replace<T>(path: string, draft: string, make: () => T | Promise<T>): Promise<T> {
  try {
    const value = await make()
    await writeFile(draft, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600, flush: true })
    await rename(draft, path)
    return value
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

async function takeLock(path: string, patienceMs: number): Promise<string> {
  const lock = `${path}.lock`
  const untilMs = Date.now() + patienceMs
  for (;;) {
    try {
      await writeFile(lock, '', { flag: 'wx', mode: 0o600 })
      return lock
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    if (await dropStale(lock)) continue
    if (Date.now() >= untilMs) throw lockedOut(path)
    await setTimeout(PAUSE_MS)
  }
}

/** Drops the lock that a killed command left. Whether it did. */
async function dropStale(lock: string): Promise<boolean> {
  if (!(await isStale(lock))) return false
  const aside = `${lock}.${randomUUID()}.tmp`
  try {
    await rename(lock, aside)
    // Somebody else may have been quicker, and this be the lock that they took since.
    const was = await isStale(aside)
    if (!was) await link(aside, lock)
    return was
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(codeOf(error))) throw error
    return false
  } finally {
    await rm(aside, { force: true })
  }
}

async function isStale(lock: string): Promise<boolean> {
  const found = await stat(lock).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs > STALE_MS
}

const lockedOut = (path: string): CliError =>
  new CliError(EXIT.failure, `${path} is being changed by another command.`, 'Try again in a few seconds.')

const DRAFT = /^\.[\da-f-]{36}\.tmp$/

/** Deletes a file that was written privately, and the drafts of it that a crash left. */
export async function deletePrivate(path: string): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)]
  const isDraft = (entry: string): boolean => entry.startsWith(name) && DRAFT.test(entry.slice(name.length))
  const drafts = (await readdir(folder).catch(() => [])).filter(isDraft)
  await Promise.all([name, ...drafts].map((entry) => rm(join(folder, entry), { force: true })))
}

const codeOf = (error: unknown): string => String(Object(error).code)
