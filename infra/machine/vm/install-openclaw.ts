// Root runs this: has the release that the facts name, or the one given, installed by a user without any rights, and makes
// it the current one.
import { readlink, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureInstalled } from '../install.ts'
import { messageOf } from '../message-of.ts'
import { checkedFacts } from './checked-facts.ts'
import { journal } from './journal.ts'
import { INSTALLER, LAYOUT } from './layout.ts'

const LIMIT_MS = 20 * 60_000
const onProgress = (text: string): void => journal.info(text)

/** Points `current` at a release, at once: whoever looks finds the former one or this one. */
async function makeCurrent(version: string): Promise<void> {
  const link = join(LAYOUT.releases, 'current')
  if ((await readlink(link).catch(() => undefined)) === version) return
  const aside = `${link}.${process.pid}`
  await rm(aside, { force: true })
  await symlink(version, aside)
  await rename(aside, link)
}

try {
  const version = process.argv[2] ?? (await checkedFacts()).openclawVersion
  const signal = AbortSignal.timeout(LIMIT_MS)
  await ensureInstalled({ version, cacheDir: LAYOUT.releases, signal, onProgress, as: INSTALLER })
  await makeCurrent(version)
} catch (error) {
  journal.warn(`OpenClaw cannot be installed: ${messageOf(error)}`)
  process.exitCode = 1
}
