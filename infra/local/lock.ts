import { link, rename, rm, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { readText } from '../../shared/process/files.ts'
import { findProcess, isAlive } from '../../shared/process/members.ts'
import { StartError } from './start-error.ts'

const Owner = z.object({ pid: z.number(), startTime: z.string() })

/**
 * Keeps others off a state folder while this process lives. The lock of a process that died is taken over.
 * @throws StartError naming the process that holds it
 */
export async function lock(path: string): Promise<() => Promise<void>> {
  const mine = `${path}.${process.pid}`
  await writeFile(mine, JSON.stringify(await findProcess(process.pid)), { mode: 0o600 })
  try {
    while (!(await take(mine, path))) {
      const found = await readText(path)
      const owner = ownerIn(found)
      if (owner !== undefined && (await isAlive(owner))) {
        throw new StartError(
          `This plane runs already, as process ${owner.pid}. Use it, stop it with: kill ${owner.pid}, or start another one with: npm start -- --state DIR`,
        )
      }
      if (found !== undefined) await breakLock(path, found)
    }
  } finally {
    await rm(mine, { force: true })
  }
  return () => rm(path, { force: true })
}

/** Linking fails when the lock exists, and gives it its whole content at once. */
async function take(mine: string, path: string): Promise<boolean> {
  try {
    await link(mine, path)
    return true
  } catch (error) {
    if (Object(error).code === 'EEXIST') return false
    throw error
  }
}

function ownerIn(text = ''): z.infer<typeof Owner> | undefined {
  try {
    return Owner.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/**
 * Removes the lock that was found stale, and no other. No call of the system removes a file only while it is the same: so it
 * is taken aside first, and given back when it is the lock of somebody who broke the stale one meanwhile.
 */
export async function breakLock(path: string, found: string): Promise<void> {
  const aside = `${path}.${process.pid}.stale`
  await rename(path, aside).catch(() => undefined)
  if ((await readText(aside)) !== found) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}
