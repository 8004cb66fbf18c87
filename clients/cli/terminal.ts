/** How something is to stand out; without colours it does not. */
export type Tone = 'green' | 'yellow' | 'red' | 'gray' | 'bold'

/** One of the two streams a command writes to. */
export type Screen = {
  /** Whether what was written can be written over. */
  readonly live: boolean
  line(text: string): void
  /** Several at once: a thousand by themselves take longer to write than to work out. */
  lines(texts: readonly string[]): void
  paint(tone: Tone, text: string): string
  /** Writes lines over those of the last call, unless something was written since. Only on a live screen. */
  redraw(lines: readonly string[]): void
}

/** Where a command talks to a person or a script: data goes to `out`, everything else to `err`. */
export type Terminal = {
  readonly out: Screen
  readonly err: Screen
  /** Whether there is somebody to answer a question. */
  readonly canAsk: boolean
  ask(question: string): Promise<string>
  /** Like `ask`, without showing what is typed. */
  askHidden(question: string): Promise<string>
  /** All of standard input, read up to `limitBytes` and one byte more. */
  readInput(limitBytes: number): Promise<string>
}
