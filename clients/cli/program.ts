import { Command, CommanderError } from 'commander'
import type { Surface } from './perform.ts'
import { registerPlanes } from './register.ts'
import type { Perform } from './register.ts'

/** Gives `command` every verb, and what is to be said about all of them. */
export function furnish(command: Command, perform: Perform): Command {
  registerPlanes(command, perform)
  return command.addHelpText(
    'after',
    '\nExit codes: 0 done, 1 failed, 2 cancelled, 4 sign-in needed, 8 still going on when waiting was over.',
  )
}

/** The stand-alone `planes`. Usage errors are thrown as CommanderError, after they were told. */
export function planesProgram(perform: Perform): Command {
  const program = new Command('planes')
    .description('OpenClaw for teams: a plane gives each person an agent of their own.')
    .showHelpAfterError('Add --help to see how it is used.')
    .exitOverride()
  return furnish(program, perform)
}

/** Does each command line in this process, and sets its exit code. */
export const performAs =
  (surface: Surface): Perform =>
  async (invocation) => {
    // Help and mistyped options need no more than what is loaded already.
    const { perform } = await import('./perform.ts')
    process.exitCode = await perform(invocation, surface)
  }

/** A program reads standard output only; the library has told the person on standard error. */
async function printUsageError({ message }: CommanderError): Promise<void> {
  const [{ processTerminal }, { printResult }] = await Promise.all([
    import('./process-terminal.ts'),
    import('./result.ts'),
  ])
  const error = {
    code: 'Usage',
    message: message.replace(/^error: /, ''),
    suggestion: 'Add --help to see how it is used.',
  }
  printResult(processTerminal(process).out, true, { error }, [])
}

/** Runs one command line in this process and sets its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = planesProgram(performAs('cli'))
  try {
    await program.parseAsync(argv)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    process.exitCode = error.exitCode
    if (error.exitCode !== 0 && argv.includes('--json')) await printUsageError(error)
  }
}
