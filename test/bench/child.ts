import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Runs a script of this folder in a fresh process; what it printed, as JSON. @throws when it fails */
export async function inChild(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  flags: readonly string[] = [],
): Promise<unknown> {
  const file = new URL(script, import.meta.url).pathname
  const { stdout } = await run(process.execPath, [...flags, file, ...args], { env: { ...process.env, ...env } })
  return JSON.parse(stdout)
}
