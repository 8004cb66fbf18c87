import type { Command, CommanderError } from 'commander'
import { printResult } from './result.ts'

/** Ends a command line that could not be understood, after that was told. */
export type Refuse = (refusal: CommanderError) => never

const HELP = 'Add --help to see how it is used.'
const hints = new WeakMap<Command, string>()

/** What is shown to whoever forgot or mistyped something of `command`. */
export function hint(command: Command, example?: string): Command {
  const text = example === undefined ? HELP : `Example: planes ${example}\n${HELP}`
  hints.set(command, text)
  return command.showHelpAfterError(text)
}

/**
 * Has a mistyped command line under `command` told as JSON as well, where that was asked for: a program reads standard
 * output only. Commands that are added later inherit it.
 */
export function tellAsJson(command: Command, refuse: Refuse): void {
  command.exitOverride((refusal) => {
    if (refusal.exitCode === 0 || !command.args.includes('--json')) throw refusal
    const message = refusal.message.replace(/^error: /, '')
    const error = { code: 'Usage', message, suggestion: hints.get(typed(command)) ?? HELP }
    const output = command.configureOutput()
    printResult({ lines: (texts) => output.writeOut?.(`${texts.join('\n')}\n`) }, true, { error }, [])
    return refuse(refusal)
  })
}

/** The command that was typed, as far as there is one. */
function typed(command: Command, [word = '', ...words]: readonly string[] = command.args): Command {
  const below = command.commands.find((each) => each.name() === word || each.aliases().includes(word))
  return below === undefined ? command : typed(below, words)
}
