import { expect, test } from 'vitest'
import { computerFindings } from '../../clients/cli/computer-findings.ts'
import type { Computer } from '../../clients/cli/computer-findings.ts'

const PRINTS: Readonly<Record<string, string>> = {
  'java -version': 'openjdk version "21.0.4" 2024-07-16',
  'gcloud version': 'Google Cloud SDK 580.0.0',
  'gcloud auth list --filter=status:ACTIVE --format=value(account)': 'ada@acme.com\n',
}

type Lacking = Partial<Computer> & { readonly prints?: Readonly<Record<string, string | undefined>> }

const findings = ({ prints, ...computer }: Lacking) =>
  computerFindings({
    nodeVersion: 'v24.21.0',
    run: async (program, args) => ({ ...PRINTS, ...prints })[[program, ...args].join(' ')],
    hasEmulators: async () => true,
    ...computer,
  })

const NODE = 'Install Node.js 24, from 24.16 on: https://nodejs.org/en/download'
const JAVA = 'Install Java 17 or newer, e.g.: sudo apt-get install -y openjdk-17-jre-headless'

const lacking: readonly [lacking: Lacking, what: string, is: string, text: string, fix: string][] = [
  [{ nodeVersion: 'v20.20.2' }, 'Node.js', 'wrong', 'v20.20.2 is not what this is made for', NODE],
  [{ nodeVersion: 'v24.15.0' }, 'Node.js', 'wrong', 'v24.15.0 is not what this is made for', NODE],
  [{ nodeVersion: 'v26.0.0' }, 'Node.js', 'wrong', 'v26.0.0 is not what this is made for', NODE],
  [{ prints: { 'java -version': undefined } }, 'Java', 'warning', 'was not found; a local plane needs it', JAVA],
  [
    { prints: { 'java -version': 'openjdk version "11.0.20" 2023-07-18' } },
    'Java',
    'warning',
    'version 11 is too old',
    JAVA,
  ],
  [{ prints: { 'java -version': 'java version "1.8.0_392"' } }, 'Java', 'warning', 'version 1 is too old', JAVA],
  [
    { hasEmulators: async () => false },
    'Emulators',
    'warning',
    'were not downloaded yet; a local plane needs them',
    'Nothing to do: the first npm start downloads them.',
  ],
  [
    { prints: { 'gcloud version': undefined } },
    'gcloud',
    'warning',
    'was not found; agents on virtual machines are opened with it',
    'Install it: https://cloud.google.com/sdk/docs/install',
  ],
  [
    { prints: { 'gcloud auth list --filter=status:ACTIVE --format=value(account)': '\n' } },
    'gcloud',
    'warning',
    '580.0.0, where nobody is signed in',
    'Sign in: gcloud auth login',
  ],
]

test.each(lacking)('%j is found alone, with what to do about it', async (computer, what, is, text, fix) => {
  const found = await findings(computer)
  expect(found.filter((finding) => finding.is !== 'fine')).toEqual([{ what, is, text, fix }])
})
