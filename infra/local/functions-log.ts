import { Console } from 'node:console'
import { createWriteStream } from 'node:fs'
import { rename, stat } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { cloudLog } from '../../shared/gcp/log.ts'

const KEEP_BYTES = 10 * 1024 * 1024

/** The file that everything the functions print goes to. */
export type FunctionsLog = {
  readonly path: string
  readonly write: (line: string) => void
  /** What the functions are to use as `console`: the functions-framework prints the stack of every failed attempt. */
  readonly console: Console
  close(): Promise<void>
}

/** Opens the functions' log; `tell` sees every structured line too. Once it has grown large, the former one is kept beside a new one. */
export async function openFunctionsLog(path: string, tell: (line: string) => void): Promise<FunctionsLog> {
  const found = await stat(path).catch(() => undefined)
  if (found !== undefined && found.size > KEEP_BYTES) await rename(path, `${path}.1`)
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 })
  // A full disk ends the log, not the plane.
  stream.on('error', (error) => cloudLog(tell).error('log.unwritable', { reason: path, error }))
  return {
    path,
    write: (line) => {
      stream.write(line)
      tell(line)
    },
    console: new Console({ stdout: stream, stderr: stream }),
    close: async () => {
      stream.end()
      await finished(stream).catch(() => undefined)
    },
  }
}
