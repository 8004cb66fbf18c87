import type { Screen, Terminal } from '../../clients/cli/terminal.ts'

/** A terminal in memory: what was written to it, and what will be answered. */
export type FakeTerminal = Terminal & {
  readonly stdout: string[]
  readonly stderr: string[]
  /** Every picture that was drawn on a live screen. */
  readonly pictures: (readonly string[])[]
  readonly questions: string[]
}

/** What is on the other side of the terminal. */
export type Person = {
  readonly answer?: string
  readonly input?: string
  readonly live?: boolean
}

/** A terminal with somebody at it when there is an `answer`, else a script with `input` piped in. */
export function fakeTerminal({ answer, input = '', live = false }: Person = {}): FakeTerminal {
  const stdout: string[] = []
  const stderr: string[] = []
  const pictures: (readonly string[])[] = []
  const questions: string[] = []
  const screen = (lines: string[]): Screen => ({
    live,
    line: (text) => void lines.push(text),
    lines: (texts) => void lines.push(...texts),
    paint: (_, text) => text,
    redraw: (picture) => void pictures.push(picture),
  })
  const ask = async (question: string): Promise<string> => {
    questions.push(question)
    return answer ?? ''
  }
  return {
    stdout,
    stderr,
    pictures,
    questions,
    out: screen(stdout),
    err: screen(stderr),
    canAsk: answer !== undefined,
    ask,
    askHidden: ask,
    readInput: async () => input,
  }
}
