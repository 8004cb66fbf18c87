/** How `planes` ends. */
export const EXIT = { ok: 0, failure: 1, cancelled: 2, signInNeeded: 4, pending: 8 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A command ends here. The message says what happened, `suggestion` what to do next. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: ExitCode
  readonly suggestion: string | undefined

  constructor(exitCode: ExitCode, message: string, suggestion?: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
    this.suggestion = suggestion
  }
}

/** Somebody said no, or pressed Ctrl-C. */
export const cancelled = (message = 'Cancelled.'): CliError => new CliError(EXIT.cancelled, message)
