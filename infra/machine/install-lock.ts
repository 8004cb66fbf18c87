import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findProcess, isAlive } from '../../shared/process/members.ts'
import type { ProcessKey } from '../../shared/process/members.ts'

const LOOK_EVERY_MS = 500
const OWNERLESS_AFTER_MS = 10_000

/** Does `work` while no other process does any under the same lock. The lock of a process that died is taken over. */
export async function withLock(
  path: string,
  { onWait, signal }: { readonly onWait: () => void; readonly signal: AbortSignal },
  work: () => Promise<void>,
): Promise<void> {
  for (let looks = 0; !(await take(path)); looks += 1) {
    if (looks === 0) onWait()
    if (await isStale(path)) await breakLock(path)
    else await delay(LOOK_EVERY_MS, undefined, { signal })
  }
  try {
    await work()
  } finally {
    await rm(path, { recursive: true, force: true })
  }
}

async function take(path: string): Promise<boolean> {
  try {
    await mkdir(path)
  } catch (error) {
    if (Object(error).code === 'EEXIST') return false
    throw error
  }
  await writeFile(join(path, 'owner.json'), JSON.stringify(await findProcess(process.pid)))
  return true
}

async function isStale(path: string): Promise<boolean> {
  try {
    return !(await isAlive(JSON.parse(await readFile(join(path, 'owner.json'), 'utf8')) as ProcessKey))
  } catch {
    // Not yet written, or its owner died before it could.
    const made = await stat(path).catch(() => undefined)
    return made !== undefined && Date.now() - made.mtimeMs > OWNERLESS_AFTER_MS
  }
}

/** Of several that find a lock stale, the one whose rename succeeds removes it. */
async function breakLock(path: string): Promise<void> {
  const aside = `${path}.${process.pid}.stale`
  await rename(path, aside).then(
    () => rm(aside, { recursive: true, force: true }),
    () => undefined,
  )
}
