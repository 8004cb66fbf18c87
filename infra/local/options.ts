import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { StartError } from './start-error.ts'

/** What `npm start` was asked for. */
export type Options = {
  readonly stateFolder: string
  /** Where the API would like to be. */
  readonly port: number
  readonly reset: boolean
  readonly agent: boolean
  readonly help: boolean
}

/** The help text of `npm start`. */
export const usage = `Runs Agents Plane on this machine.

  npm start -- [options]

  --state DIR   where everything is kept (default .agents-plane in this folder)
  --port N      port of the API and the functions (default 8787; when taken, the next free one)
  --reset       stop this plane's agents, delete everything that is kept, and start over
  --no-agent    do not provision the first agent, ada
  --help        show this`

/** Reads the command line. @throws StartError on an unknown option or a bad port */
export function parseOptions(args: readonly string[], cwd: string): Options {
  const values = parsed(args)
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new StartError(`--port must be a number from 1 to 65535, not "${values.port}".`)
  }
  return {
    stateFolder: resolve(cwd, values.state),
    port,
    reset: values.reset,
    agent: values.agent,
    help: values.help,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        state: { type: 'string', default: '.agents-plane' },
        port: { type: 'string', default: '8787' },
        reset: { type: 'boolean', default: false },
        agent: { type: 'boolean', default: true },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : String(error)}. See: npm start -- --help`, {
      cause: error,
    })
  }
}
