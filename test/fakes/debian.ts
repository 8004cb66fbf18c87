import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Whether a command ends with 0. */
export const works = (command: string, ...words: readonly string[]): Promise<boolean> =>
  run(command, words).then(
    () => true,
    () => false,
  )

// Another test file may be installing something in this moment.
const APT = ['-qq', '-o', 'DPkg::Lock::Timeout=120']

/** Whether a program is here; where root may, Debian's package of it is installed first. */
export async function hasProgram(name: string, debianPackage: string = name): Promise<boolean> {
  if (await works(name, '--version')) return true
  if (process.getuid?.() !== 0) return false
  const install = () => works('apt-get', ...APT, 'install', '-y', '--no-install-recommends', debianPackage)
  return (await install()) || ((await works('apt-get', ...APT, 'update')) && (await install()))
}
