import { ApiError, Unreachable } from '../../shared/api/errors.ts'
import { clean } from './clean.ts'
import { CliError, EXIT } from './exit.ts'
import type { ExitCode } from './exit.ts'
import { isEndless } from './invocation.ts'
import type { Streaming } from './invocation.ts'
import type { Located } from './locate.ts'
import { printJsonLine, printResult } from './result.ts'
import type { Screen, Terminal } from './terminal.ts'

type Ending = {
  readonly exitCode: ExitCode
  readonly code: string
  readonly message: string
  readonly suggestion?: string | undefined
  readonly field?: string | undefined
  readonly requestId?: string | undefined
}

/** How an error is to be told, and what was known of the installation by then. */
export type Telling = Streaming & {
  readonly json: boolean
  readonly debug?: boolean
  readonly located?: Pick<Located, 'signIn' | 'reach'> | undefined
}

/** Tells a person why a command did not work, in one or two lines; where it came from only when that is asked for. */
export function report(error: unknown, { out, err }: Terminal, telling: Telling): ExitCode {
  const { exitCode, ...ending } = endingOf(error, telling.located)
  const { message, suggestion } = ending
  if (telling.json && isEndless(telling)) printJsonLine(out, { error: ending })
  else if (telling.json) printResult(out, true, { error: ending }, [])
  err.line(exitCode === EXIT.cancelled ? clean(message) : `${err.paint('red', 'Error:')} ${clean(message)}`)
  if (suggestion !== undefined) err.line(clean(suggestion))
  if (telling.debug) showOrigin(error, err)
  return exitCode
}

function endingOf(error: unknown, located: Telling['located']): Ending {
  if (error instanceof CliError) {
    const { exitCode, message, suggestion } = error
    return { exitCode, code: CODES[exitCode] ?? 'Failed', message, suggestion }
  }
  if (error instanceof Unreachable) {
    return { exitCode: EXIT.failure, code: 'Unreachable', message: error.message, suggestion: located?.reach }
  }
  if (error instanceof ApiError) return refused(error, located)
  const message = error instanceof Error ? error.message : String(error)
  const suggestion = 'Add --debug to see where it comes from.'
  return {
    exitCode: EXIT.failure,
    code: 'Unexpected',
    message: `Something unexpected happened: ${message}`,
    suggestion,
  }
}

const CODES: Partial<Record<ExitCode, string>> = {
  [EXIT.cancelled]: 'Cancelled',
  [EXIT.signInNeeded]: 'SignInNeeded',
  [EXIT.pending]: 'Pending',
}

function refused({ status, body }: ApiError, located: Telling['located']): Ending {
  if (status === 401) return { ...body, exitCode: EXIT.signInNeeded, suggestion: located?.signIn ?? body.suggestion }
  const where = status >= 500 ? ` (request ${body.requestId})` : ''
  return { ...body, exitCode: EXIT.failure, message: body.message + where }
}

/** Shows where an error comes from. */
export function showOrigin(error: unknown, err: Screen): void {
  for (const line of originOf(error)) err.line(err.paint('gray', line))
}

function originOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return []
  const { stack = String(error), cause } = error
  return [...stack.split('\n').map(clean), ...(cause === undefined ? [] : ['caused by', ...originOf(cause)])]
}
