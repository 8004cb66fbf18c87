import { ApiError, Unreachable } from '../../shared/api/errors.ts'
import { clean } from './clean.ts'
import { CliError, EXIT } from './exit.ts'
import type { ExitCode } from './exit.ts'
import type { Screen } from './terminal.ts'

type Ending = { readonly exitCode: ExitCode; readonly message: string; readonly suggestion?: string | undefined }

/** Tells a person why a command did not work, in one or two lines and never as a stack trace. */
export function report(error: unknown, err: Screen): ExitCode {
  const { exitCode, message, suggestion } = endingOf(error)
  err.line(exitCode === EXIT.cancelled ? clean(message) : `${err.paint('red', 'Error:')} ${clean(message)}`)
  if (suggestion !== undefined) err.line(clean(suggestion))
  return exitCode
}

function endingOf(error: unknown): Ending {
  if (error instanceof CliError) return error
  if (error instanceof Unreachable) {
    const suggestion = 'Is the local plane running? Start it with: npm start'
    return { exitCode: EXIT.failure, message: error.message, suggestion }
  }
  if (error instanceof ApiError) return refused(error)
  const message = error instanceof Error ? error.message : String(error)
  return { exitCode: EXIT.failure, message: `Something unexpected happened: ${message}` }
}

function refused({ status, body }: ApiError): Ending {
  const { message, suggestion, requestId } = body
  if (status === 401) {
    const again = 'The plane was started anew, perhaps. Try again, or give its state folder with --state.'
    return { exitCode: EXIT.signInNeeded, message, suggestion: again }
  }
  const where = status >= 500 ? ` (request ${requestId})` : ''
  return { exitCode: EXIT.failure, message: message + where, suggestion }
}
