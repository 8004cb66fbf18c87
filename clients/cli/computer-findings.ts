import type { Finding } from './plane-findings.ts'

/** What is asked of this computer. */
export type Computer = {
  readonly nodeVersion: string
  /** What a program prints; undefined when there is none. */
  readonly run: Run
  /** Whether the emulators have been downloaded. */
  readonly hasEmulators: () => Promise<boolean>
}

/** Runs a program to its end. */
export type Run = (program: string, args: readonly string[]) => Promise<string | undefined>

/** What planes, of this computer or of Google Cloud, need here. */
export const computerFindings = (computer: Computer): Promise<Finding[]> =>
  Promise.all([node(computer), java(computer), emulators(computer), gcloud(computer)])

async function node({ nodeVersion }: Computer): Promise<Finding> {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number)
  if (major === 24 && minor >= 16) return { what: 'Node.js', is: 'fine', text: nodeVersion }
  const fix = 'Install Node.js 24, from 24.16 on: https://nodejs.org/en/download'
  return { what: 'Node.js', is: 'wrong', text: `${nodeVersion} is not what this is made for`, fix }
}

async function java({ run }: Computer): Promise<Finding> {
  const printed = await run('java', ['-version'])
  const version = /version "(\d+)[^"]*"/.exec(printed ?? '')?.[1]
  if (Number(version) >= 17) return { what: 'Java', is: 'fine', text: `version ${version}` }
  const text = version === undefined ? 'was not found; a local plane needs it' : `version ${version} is too old`
  const fix = 'Install Java 17 or newer, e.g.: sudo apt-get install -y openjdk-17-jre-headless'
  return { what: 'Java', is: 'warning', text, fix }
}

async function emulators({ hasEmulators }: Computer): Promise<Finding> {
  if (await hasEmulators()) return { what: 'Emulators', is: 'fine', text: 'are there' }
  const fix = 'Nothing to do: the first npm start downloads them.'
  return { what: 'Emulators', is: 'warning', text: 'were not downloaded yet; a local plane needs them', fix }
}

// Whose credentials are there; `config get-value account` names one without any, too.
const ACTIVE_ACCOUNT = ['auth', 'list', '--filter=status:ACTIVE', '--format=value(account)']

async function gcloud({ run }: Computer): Promise<Finding> {
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
