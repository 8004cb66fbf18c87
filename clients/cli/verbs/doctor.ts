import type { ApiClient } from '../../../shared/api/client.ts'
import { ApiError } from '../../../shared/api/errors.ts'
import type { PlaneView } from '../../../shared/api/views.ts'
import { clean } from '../clean.ts'
import { CliError, EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { planeFindings } from '../plane-findings.ts'
import type { Finding } from '../plane-findings.ts'
import { printResult } from '../result.ts'
import type { Terminal, Tone } from '../terminal.ts'

/** What a doctor looks at. */
export type Patient = {
  readonly terminal: Terminal
  readonly nodeVersion: string
  /** What a program prints; undefined when there is none. */
  readonly run: (program: string, args: readonly string[]) => Promise<string | undefined>
  /** Whether the emulators have been downloaded. */
  readonly hasEmulators: () => Promise<boolean>
  /** The API and where it is. @throws CliError when it cannot be told */
  readonly connect: () => Promise<{ readonly url: string; readonly api: ApiClient }>
}

/** `planes doctor`: ends with 1 when something is wrong; what is only missing for other uses is a warning. */
export async function doctor({ plane, json }: OptionsOf<'doctor'>, patient: Patient): Promise<ExitCode> {
  const { terminal } = patient
  const here = await Promise.all([node(patient), java(patient), emulators(patient), gcloud(patient)])
  const findings = [...here, ...(await reached(plane, patient))]
  printResult(
    terminal.out,
    json,
    { findings },
    findings.flatMap((finding) => lines(finding, terminal)),
  )
  return findings.some(({ is }) => is === 'wrong') ? EXIT.failure : EXIT.ok
}

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

async function node({ nodeVersion }: Patient): Promise<Finding> {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number)
  if (major === 24 && minor >= 16) return { what: 'Node.js', is: 'fine', text: nodeVersion }
  const fix = 'Install Node.js 24, from 24.16 on: https://nodejs.org/en/download'
  return { what: 'Node.js', is: 'wrong', text: `${nodeVersion} is not what this is made for`, fix }
}

async function java({ run }: Patient): Promise<Finding> {
  const printed = await run('java', ['-version'])
  const version = /version "(\d+)[^"]*"/.exec(printed ?? '')?.[1]
  if (Number(version) >= 17) return { what: 'Java', is: 'fine', text: `version ${version}` }
  const text = version === undefined ? 'was not found; a local plane needs it' : `version ${version} is too old`
  const fix = 'Install Java 17 or newer, e.g.: sudo apt-get install -y openjdk-17-jre-headless'
  return { what: 'Java', is: 'warning', text, fix }
}

async function emulators({ hasEmulators }: Patient): Promise<Finding> {
  if (await hasEmulators()) return { what: 'Emulators', is: 'fine', text: 'are there' }
  const fix = 'Nothing to do: the first npm start downloads them.'
  return { what: 'Emulators', is: 'warning', text: 'were not downloaded yet; a local plane needs them', fix }
}

// Whose credentials are there; `config get-value account` names one without any, too.
const ACTIVE_ACCOUNT = ['auth', 'list', '--filter=status:ACTIVE', '--format=value(account)']

async function gcloud({ run }: Patient): Promise<Finding> {
  const version = /Google Cloud SDK (\S+)/.exec((await run('gcloud', ['version'])) ?? '')?.[1]
  if (version === undefined) {
    const fix = 'Install it: https://cloud.google.com/sdk/docs/install'
    return { what: 'gcloud', is: 'warning', text: 'was not found; agents on virtual machines are opened with it', fix }
  }
  const [account] = /\S+@\S+/.exec((await run('gcloud', ACTIVE_ACCOUNT)) ?? '') ?? []
  if (account !== undefined) return { what: 'gcloud', is: 'fine', text: `${version}, signed in as ${account}` }
  return {
    what: 'gcloud',
    is: 'warning',
    text: `${version}, where nobody is signed in`,
    fix: 'Sign in: gcloud auth login',
  }
}

async function reached(plane: string | undefined, patient: Patient): Promise<readonly Finding[]> {
  try {
    const { url, api } = await patient.connect()
    const { planes } = await api.listPlanes({})
    const meant = planes.filter(({ name }) => plane === undefined || name === plane)
    const found = await Promise.all(meant.map(({ name }) => api.getPlane({ plane: name })))
    const there = { what: 'API', is: 'fine', text: `answers at ${url}; planes: ${planes.length}` } as const
    return [there, SIGNED_IN, ...missing(plane, planes), ...found.flatMap(planeFindings)]
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return [{ what: isSignIn(error) ? 'Sign-in' : 'API', is: 'wrong', text: error.message, fix: fixFor(error) }]
  }
}

const SIGNED_IN: Finding = { what: 'Sign-in', is: 'fine', text: 'the API knows you' }

const isSignIn = (error: Error): boolean =>
  (error instanceof ApiError && error.status === 401) ||
  (error instanceof CliError && error.exitCode === EXIT.signInNeeded)

const fixFor = (error: Error): string =>
  (error instanceof CliError ? error.suggestion : undefined) ??
  'Sign in, start the local plane with npm start, or choose another installation: planes context list'

const missing = (plane: string | undefined, planes: readonly PlaneView[]): readonly Finding[] =>
  plane === undefined || planes.some(({ name }) => name === plane)
    ? []
    : [
        {
          what: `plane ${plane}`,
          is: 'wrong',
          text: 'is not there',
          fix: `There is: ${planes.map(({ name }) => name).join(', ')}`,
        },
      ]
