import type { ApiClient } from '../../../shared/api/client.ts'
import { ApiError } from '../../../shared/api/errors.ts'
import type { PlaneView } from '../../../shared/api/views.ts'
import { clean } from '../clean.ts'
import { computerFindings } from '../computer-findings.ts'
import type { Computer } from '../computer-findings.ts'
import { CliError, EXIT, cancelled } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import type { Located } from '../locate.ts'
import { planeFindings } from '../plane-findings.ts'
import type { Finding } from '../plane-findings.ts'
import { showOrigin } from '../report.ts'
import { printResult } from '../result.ts'
import type { Terminal, Tone } from '../terminal.ts'

/** What a doctor looks at. */
export type Patient = Computer & {
  readonly terminal: Terminal
  /** @throws CliError when it cannot be told where the API is */
  readonly connect: () => Promise<There>
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** The API, whom its token is of, and what to do when that is refused or nobody answers. */
type There = Pick<Located, 'url' | 'signIn' | 'reach'> & {
  readonly api: ApiClient
  readonly person?: string | undefined
}

type DoctorOptions = OptionsOf<'doctor'>

/**
 * `planes doctor`: ends with 1 when something is wrong, with 4 when that is the sign-in; what is only missing for other
 * uses is a warning.
 */
export async function doctor(options: DoctorOptions, patient: Patient): Promise<ExitCode> {
  const { terminal, signal } = patient
  const [here, there] = await Promise.all([computerFindings(patient), reached(options, patient)])
  // What was interrupted found nothing out.
  if (signal.aborted) throw cancelled()
  const findings = [...here, ...there]
  printResult(
    terminal.out,
    options.json,
    { findings },
    findings.flatMap((finding) => lines(finding, terminal)),
  )
  const wrong = findings.filter(({ is }) => is === 'wrong')
  if (wrong.some(({ what }) => what === SIGN_IN)) return EXIT.signInNeeded
  return wrong.length > 0 ? EXIT.failure : EXIT.ok
}

const SIGN_IN = 'Sign-in'

const MARKS: Readonly<Record<Finding['is'], readonly [mark: string, tone: Tone]>> = {
  fine: ['✓', 'green'],
  warning: ['!', 'yellow'],
  wrong: ['✗', 'red'],
}

function lines({ what, is, text, fix }: Finding, { out }: Terminal): string[] {
  const [mark, tone] = MARKS[is]
  const said = `${out.paint(tone, mark)} ${clean(what)}: ${clean(text)}`
  return fix === undefined ? [said] : [said, `    ${clean(fix)}`]
}

async function reached({ plane, debug }: DoctorOptions, patient: Patient): Promise<readonly Finding[]> {
  let there: There | undefined
  try {
    there = await patient.connect()
    const { url, api, person } = there
    const { planes } = await api.listPlanes({})
    const meant = planes.filter(({ name }) => plane === undefined || name === plane)
    const found = await Promise.all(meant.map(({ name }) => api.getPlane({ plane: name, brief: true })))
    const seen = found.length === 0 ? nothing(plane, planes) : found.flatMap(planeFindings)
    return [{ what: 'API', is: 'fine', text: `answers at ${url}; planes: ${planes.length}` }, signedIn(person), ...seen]
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (debug && !patient.signal.aborted) showOrigin(error, patient.terminal.err)
    const what = isSignIn(error) ? SIGN_IN : 'API'
    const fix = fixFor(error, there)
    return [{ what, is: 'wrong', text: error.message, ...(fix && { fix }) }, unseen('the API told of none')]
  }
}

const signedIn = (person: string | undefined): Finding => ({
  what: SIGN_IN,
  is: 'fine',
  text: person === undefined ? 'the API knows you; the token does not say as whom' : `the API knows you as ${person}`,
})

const isSignIn = (error: Error): boolean =>
  (error instanceof ApiError && error.status === 401) ||
  (error instanceof CliError && error.exitCode === EXIT.signInNeeded)

function fixFor(error: Error, there: There | undefined): string | undefined {
  if (error instanceof CliError) return error.suggestion
  if (isSignIn(error)) return there?.signIn
  return error instanceof ApiError ? error.body.suggestion : there?.reach
}

/** There is no plane to look at, or not the one that was meant. */
function nothing(plane: string | undefined, planes: readonly PlaneView[]): readonly Finding[] {
  const create = 'Make one: planes create --help'
  if (plane === undefined) return [{ ...unseen('there is no plane yet'), fix: create }]
  const fix =
    planes.length === 0 ? `There is none yet. ${create}` : `There is: ${planes.map(({ name }) => name).join(', ')}`
  return [{ what: `plane ${plane}`, is: 'wrong', text: 'is not there', fix }, unseen('that plane is not there')]
}

const unseen = (why: string): Finding => ({
  what: 'Planes',
  is: 'warning',
  text: `APIs, quotas, steps and conditions were not looked at: ${why}`,
})
