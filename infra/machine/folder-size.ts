import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** How many megabytes the files of a folder hold. What vanishes meanwhile counts as nothing. */
export async function megabytesIn(folder: string): Promise<number> {
  return Math.round((await bytesIn(folder)) / 1e6)
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  let bytes = 0
  for (const entry of entries) {
    const path = join(folder, entry.name)
    bytes += entry.isDirectory() ? await bytesIn(path) : await sizeOf(path)
  }
  return bytes
}

const sizeOf = (path: string): Promise<number> =>
  lstat(path).then(
    ({ size }) => size,
    () => 0,
  )
