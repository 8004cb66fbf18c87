import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

const ROOT = new URL('../..', import.meta.url).pathname

/** What a command said when it was over. */
export type Said = { readonly code: number; readonly stdout: string; readonly stderr: string }

type Surroundings = { readonly env?: NodeJS.ProcessEnv; readonly input?: string | undefined }

/** Runs a program to its end, in the root of the repository. */
export async function run(
  command: string,
  args: readonly string[],
  { env = process.env, input }: Surroundings = {},
): Promise<Said> {
  const child = spawn(command, args, { cwd: ROOT, env })
  child.stdin.end(input)
  const ended = once(child, 'close')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null]
  if (code === null) throw new Error(`${command} ${args.join(' ')} was ended by ${signal}: ${stdout}${stderr}`)
  return { code, stdout, stderr }
}
