import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Runs a script in a fresh process; what it printed, as JSON. @throws when it fails */
export async function inChild(
  script: URL,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  flags: readonly string[] = [],
): Promise<unknown> {
  const { stdout } = await run(process.execPath, [...flags, script.pathname, ...args], {
    env: { ...process.env, ...env },
  })
  return JSON.parse(stdout)
}
