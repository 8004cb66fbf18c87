import { clean } from './clean.ts'
import { CliError, EXIT } from './exit.ts'
import type { ExitCode } from './exit.ts'
import type { RunProgram } from './run-program.ts'

/** Why gcloud cannot act for whoever is at this computer, and what helps. */
export type Hindrance = { readonly exitCode: ExitCode; readonly text: string; readonly fix: string }

/** Which secret of which project gets a value, and who alone may give it one. */
export type SecretPlace = { readonly project: string; readonly secret: string; readonly owner?: string | undefined }

/** The value could not be added, for a reason that may pass by itself. */
export class NotYetAdded extends CliError {}

const SIGN_IN = 'Sign in: gcloud auth login'

/** Whether somebody is signed in to gcloud here. It gets a token for that, which is not printed. */
export async function hindranceOf(run: RunProgram): Promise<Hindrance | undefined> {
  const ran = await run('gcloud', ['auth', 'print-access-token', '--format=none', '--quiet'])
  if (ran.is === 'missing') {
    const fix = 'Install it: https://cloud.google.com/sdk/docs/install'
    return { exitCode: EXIT.failure, text: 'gcloud was not found on this computer.', fix }
  }
  if (ran.code === 0) return undefined
  if (ran.code === null) {
    const fix = 'See whether it does by itself: gcloud auth print-access-token --format=none'
    return { exitCode: EXIT.failure, text: 'gcloud did not answer within a minute.', fix }
  }
  return { exitCode: EXIT.signInNeeded, text: `Nobody is signed in to gcloud: ${complaint(ran.stderr)}`, fix: SIGN_IN }
}

/**
 * Adds a version to a secret as whoever is signed in to gcloud. The value goes to its standard input, and it logs no
 * requests, which would have the value in them.
 * https://cloud.google.com/sdk/gcloud/reference/secrets/versions/add
 * @throws CliError; NotYetAdded where the secret, or the right to it, may be about to come
 */
export async function addVersion(place: SecretPlace, value: string, run: RunProgram): Promise<void> {
  const { project, secret } = place
  const add = ['secrets', 'versions', 'add', secret, `--project=${project}`, '--data-file=-']
  const ran = await run('gcloud', [...add, '--quiet', '--no-log-http'], value)
  if (ran.is === 'missing') throw refused(place, 'it was not found', 'Try again.')
  if (ran.code !== 0) throw failure(place, ran.stderr)
}

function failure(place: SecretPlace, stderr: string): CliError {
  const { owner = 'its owner' } = place
  if (/\bgcloud auth login\b/.test(stderr)) return refused(place, complaint(stderr), SIGN_IN, EXIT.signInNeeded)
  if (/\bNOT_FOUND\b/.test(stderr)) return notYet(place, stderr, 'It may still be being made: try again in a minute.')
  if (!/\bPERMISSION_DENIED\b/.test(stderr)) return refused(place, complaint(stderr), 'Put that right, and try again.')
  const other = `Are you signed in to gcloud as ${clean(owner)}, who alone may add one? See: gcloud auth list`
  return notYet(place, stderr, `${other}. A right that is new takes a few minutes.`)
}

const messageOf = ({ project, secret }: SecretPlace, why: string): string =>
  `gcloud could not add a value to secret ${clean(secret)} of project ${clean(project)}: ${why}`

const refused = (place: SecretPlace, why: string, fix: string, exitCode: ExitCode = EXIT.failure): CliError =>
  new CliError(exitCode, messageOf(place, why), fix)

const notYet = (place: SecretPlace, stderr: string, fix: string): NotYetAdded =>
  new NotYetAdded(EXIT.failure, messageOf(place, complaint(stderr)), fix)

/** What gcloud complains of, in one line and without the name of the command. */
function complaint(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim())
  const line = lines.find((line) => line.startsWith('ERROR:')) ?? lines.find((line) => line !== '') ?? 'it said nothing'
  return clean(line.replace(/^ERROR:\s*(?:\(gcloud[\w.-]*\)\s*)?/, ''))
}
