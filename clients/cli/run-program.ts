import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

/** How a program of this computer ended; `code` is null where it was stopped. */
export type Ran =
  | { readonly is: 'missing' }
  | { readonly is: 'over'; readonly code: number | null; readonly stderr: string }

/** Runs a program without a shell. What is secret goes to its standard input, which no list of processes shows. */
export type RunProgram = (program: string, args: readonly string[], input?: string) => Promise<Ran>

const PROGRAM_MS = 60_000

/** Runs programs until Ctrl-C, and none of them for long. */
export const runUntil =
  (signal: AbortSignal): RunProgram =>
  async (program, args, input = '') => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PROGRAM_MS)])
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'], signal: limit })
    const ended = Promise.withResolvers<Ran>()
    child.once('error', (error: NodeJS.ErrnoException) => {
      // What it started itself may outlive it, and hold on to the pipe.
      child.stderr.destroy()
      ended.resolve(error.code === 'ENOENT' ? { is: 'missing' } : { is: 'over', code: null, stderr: error.message })
    })
    // A program may end before it has read everything.
    child.stdin.once('error', () => undefined)
    child.stdin.end(input)
    const said = text(child.stderr).catch(() => '')
    child.once('close', (code) => void said.then((stderr) => ended.resolve({ is: 'over', code, stderr })))
    return ended.promise
  }
