import { Command, CommanderError } from 'commander'
import type { Surface } from './perform.ts'
import { registerPlanes } from './register.ts'
import type { Perform } from './register.ts'
import { hint, tellAsJson } from './usage.ts'
import type { Refuse } from './usage.ts'

const rethrow: Refuse = (refusal) => {
  throw refusal
}

/**
 * Gives `command` every verb, and what is to be said about all of them. Mistyped command lines end with a CommanderError
 * after they were told; `refuse` may end those otherwise that were told as JSON.
 */
export function furnish(command: Command, perform: Perform, refuse: Refuse = rethrow): Command {
  tellAsJson(hint(command), refuse)
  registerPlanes(command, perform)
  return command.addHelpText(
    'after',
    '\nExit codes: 0 done, 1 failed, 2 cancelled, 4 sign-in needed, 8 still going on when waiting was over.',
  )
}

/** The stand-alone `planes`. */
export const planesProgram = (perform: Perform): Command =>
  furnish(
    new Command('planes').description('OpenClaw for teams: a plane gives each person an agent of their own.'),
    perform,
  )

/** Does each command line in this process, and sets its exit code. */
export const performAs =
  (surface: Surface): Perform =>
  async (invocation) => {
    // Help and mistyped options need no more than what is loaded already.
    const { perform } = await import('./perform.ts')
    process.exitCode = await perform(invocation, surface)
  }

/**
 * Ends a mistyped command line within a host that prints JSON of its own about whatever failed: it hears of no failure,
 * and the exit code is set when it has set its own.
 */
export const refuseQuietly: Refuse = ({ exitCode, code, message }) => {
  process.once('exit', () => {
    process.exitCode = exitCode
  })
  throw new CommanderError(0, code, message)
}

/** `planes status | head` is no error. */
export function quietlyEndPipes(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}

/** Runs one command line in this process and sets its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  quietlyEndPipes()
  const program = planesProgram(performAs('cli'))
  try {
    await program.parseAsync(argv)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    process.exitCode = error.exitCode
  }
}
