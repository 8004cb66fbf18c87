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
  /** Agents as machines of a simulated Google Cloud, whose times are the real one's multiplied by `scale`. */
  readonly simulateGcp?: { readonly scale: number }
  readonly help: boolean
}

/** Where a local plane is kept unless it is said otherwise. */
export const FOLDER = '.agents-plane'
const SIMULATED_FOLDER = '.agents-plane-gcp'

/** The help text of `npm start`. */
export const usage = `Runs Agents Plane on this machine.

  npm start -- [options]

  --state DIR      where everything is kept (default ${FOLDER} in this folder)
  --port N         port of the API and the functions (default 8787; when taken, the next free one)
  --reset          stop this plane's agents, delete everything that is kept, and start over
  --no-agent       do not provision the first agent, ada
  --simulate-gcp   run agents as virtual machines of a simulated Google Cloud; it starts empty every time
                   (default state ${SIMULATED_FOLDER} in this folder)
  --scale N        with --simulate-gcp: its latencies as people measured them, times N (default 0.1; 1 is as slow)
  --help           show this`

/** Reads the command line. @throws StartError on an unknown option or a bad port */
export function parseOptions(args: readonly string[], cwd: string): Options {
  const values = parsed(args)
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new StartError(`--port must be a number from 1 to 65535, not "${values.port}".`)
  }
  const simulateGcp = simulation(values)
  return {
    stateFolder: resolve(cwd, values.state ?? (simulateGcp ? SIMULATED_FOLDER : FOLDER)),
    port,
    reset: values.reset,
    agent: values.agent,
    ...(simulateGcp && { simulateGcp }),
    help: values.help,
  }
}

function simulation(values: ReturnType<typeof parsed>): Options['simulateGcp'] {
  if (!values['simulate-gcp']) {
    if (values.scale !== undefined) throw new StartError('--scale wants --simulate-gcp too.')
    return undefined
  }
  const scale = Number(values.scale ?? 0.1)
  if (!(scale >= 0 && scale <= 10))
    throw new StartError(`--scale must be a number from 0 to 10, not "${values.scale}".`)
  return { scale }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        state: { type: 'string' },
        port: { type: 'string', default: '8787' },
        reset: { type: 'boolean', default: false },
        agent: { type: 'boolean', default: true },
        'simulate-gcp': { type: 'boolean', default: false },
        scale: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : String(error)}. See: npm start -- --help`, {
      cause: error,
    })
  }
}
