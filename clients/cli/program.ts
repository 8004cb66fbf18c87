import { Command, CommanderError } from 'commander'
import { registerPlanes } from './register.ts'
import type { Perform } from './register.ts'

/** The stand-alone `planes`. Usage errors are thrown as CommanderError, after they were told. */
export function planesProgram(perform: Perform): Command {
  const program = new Command('planes')
    .description('OpenClaw for teams: a plane gives each person an agent of their own.')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 cancelled, 4 sign-in needed, 8 still going on when waiting was over.',
    )
    .showHelpAfterError('Add --help to see how it is used.')
    .exitOverride()
  registerPlanes(program, perform)
  return program
}

/** Runs one command line in this process and sets its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = planesProgram(async (invocation) => {
    // Help and mistyped options need no more than what is loaded already.
    const { perform } = await import('./perform.ts')
    process.exitCode = await perform(invocation)
  })
  try {
    await program.parseAsync(argv)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    process.exitCode = error.exitCode
  }
}
