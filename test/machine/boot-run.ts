import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** How long a program may take: some of them download. */
export const RUN_LIMIT_MS = 10 * 60_000

/** Runs a program to its end. @throws with what it printed */
export const run = async (program: string, ...args: readonly string[]): Promise<string> =>
  (await execute(program, args, { timeout: RUN_LIMIT_MS, maxBuffer: 16 * 1024 * 1024 })).stdout
