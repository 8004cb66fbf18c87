import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Calls one of the Firestore emulator's own endpoints as its administrator. @throws when it refuses */
export async function emulatorCall(host: string, project: string, method: string, body: unknown): Promise<void> {
  const url = `http://${host}/emulator/v1/projects/${project}${method}`
  // Without this content type the emulator answers 404.
  const headers = { 'content-type': 'application/json', authorization: 'Bearer owner' }
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  })
  const text = await response.text()
  if (!response.ok)
    throw new Error(`the Firestore emulator answered ${response.status} to ${method}: ${text.slice(0, 500)}`)
}

/** The documents of one project, saved to a folder. The emulator's own `--export-on-exit` writes nothing on SIGTERM. */
export type Saves = {
  /** What `--import-data` takes; undefined when nothing was ever saved. */
  latest(): Promise<string | undefined>
  /** Saves all documents. Whatever moment it is interrupted at, `latest` is a whole one. */
  save(host: string): Promise<void>
}

const POINTER = 'latest'

/** Saves of `project` under `folder`. */
export function savesIn(folder: string, project: string): Saves {
  const pointer = join(folder, POINTER)
  const current = () => readFile(pointer, 'utf8').catch(() => undefined)
  return {
    latest: async () => {
      const name = await current()
      return name === undefined ? undefined : join(folder, name, `${name}.overall_export_metadata`)
    },
    save: async (host) => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const former = await current()
      const name = `save-${Number(former?.slice('save-'.length) ?? 0) + 1}`
      await rm(join(folder, name), { recursive: true, force: true })
      await emulatorCall(host, project, ':export', {
        database: `projects/${project}/databases/(default)`,
        export_directory: folder,
        export_name: name,
      })
      await writeFile(`${pointer}.new`, name)
      await rename(`${pointer}.new`, pointer)
      await removeOthers(folder, name)
    },
  }
}

async function removeOthers(folder: string, kept: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('save-') && name !== kept)
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })))
}
