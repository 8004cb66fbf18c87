import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A Unix user, by number. */
export type UnixUser = { readonly uid: number; readonly gid: number }

const ROOT: UnixUser = { uid: 0, gid: 0 }

/** Makes a folder, and all in it, somebody's own. It takes root. */
export async function give(folder: string, { uid, gid }: UnixUser): Promise<void> {
  await run('chown', ['--recursive', '--no-dereference', `${uid}:${gid}`, '--', folder])
}

/** Makes a folder root's again, for others to read, after nobody is left who could change it meanwhile. It takes root. */
export async function takeBack(folder: string, user: UnixUser): Promise<void> {
  await endAllOf(user)
  await give(folder, ROOT)
  // Whoever it was may have let anybody write.
  await run('chmod', ['--recursive', 'u=rwX,go=rX', '--', folder])
}

/** Ends whatever a user runs; a process that is being started is no exception. */
async function endAllOf({ uid, gid }: UnixUser): Promise<void> {
  // To all that the one who says it may signal. It says nothing when there is nobody left.
  const script = `[ "$(id -u)" -ne 0 ] || exit 1; kill -s KILL -- -1 2>/dev/null || :`
  await run('sh', ['-c', script], { uid, gid })
}
