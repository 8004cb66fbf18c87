import { CliError, EXIT, cancelled } from './exit.ts'
import type { Terminal } from './terminal.ts'

/** What is to be confirmed: `what` in a sentence, the name that is to be typed, what that is, and what will happen. */
export type Confirmed = {
  readonly what: string
  readonly name: string
  readonly called?: 'its name' | 'the address'
  readonly text: string
}

/** Has a person type a name. @throws CliError when they do not, or when there is nobody */
export async function confirmName(
  { what, name, called = 'its name', text }: Confirmed,
  terminal: Terminal,
): Promise<void> {
  if (!terminal.canAsk) {
    const message = `Nobody can be asked whether to remove ${what}.`
    throw new CliError(EXIT.failure, message, 'Add --yes if you are sure.')
  }
  terminal.err.line(text)
  const typed = await terminal.ask(`Type ${called} to confirm: `)
  if (typed.trim() !== name) throw cancelled(`That is not ${called}; nothing was removed.`)
}
