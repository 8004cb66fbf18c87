import { execFile } from 'node:child_process'
import { access, constants, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { CloudServer } from '../../infra/local/gcp/server.ts'

/** How long a test with gcloud may take: each of its calls costs seconds of a processor, of which there may be few. */
export const GCLOUD_MS = 900_000

const APIS = ['COMPUTE', 'IAM', 'SECRETMANAGER', 'CLOUDRESOURCEMANAGER', 'SERVICEUSAGE', 'LOGGING', 'CLOUDTASKS']
const USUAL_FOLDERS = [
  '/usr/lib/google-cloud-sdk/bin',
  '/usr/local/google-cloud-sdk/bin',
  '/opt/google-cloud-sdk/bin',
  join(process.env['HOME'] ?? '/', 'google-cloud-sdk/bin'),
]

/** Where Google's own gcloud is, when it is installed. */
export async function findGcloud(): Promise<string | undefined> {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...USUAL_FOLDERS]) {
    const candidate = join(folder, 'gcloud')
    const isThere = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return candidate
  }
  return undefined
}

/** A folder for gcloud's configuration, deleted when it is disposed of. */
export async function gcloudFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'gcloud-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, maxRetries: 5 }) }
}

/** What makes gcloud talk to a simulated cloud as somebody, and ask nobody anything. */
export const gcloudEnvironment = (
  { address }: CloudServer,
  { folder, caller }: { readonly folder: string; readonly caller: string },
): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: folder,
  CLOUDSDK_CONFIG: folder,
  CLOUDSDK_AUTH_ACCESS_TOKEN: `sim:${caller}`,
  CLOUDSDK_CORE_PROJECT: 'demo-project',
  CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
  CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: '1',
  CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: '1',
  ...Object.fromEntries(
    APIS.map((api) => [
      `CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`,
      `${address}/${api === 'COMPUTE' ? 'compute/v1/' : ''}`,
    ]),
  ),
})

/** Runs a shell script, gcloud first in its path. Rejects with what it printed when it ends badly. */
export const runScript = (
  script: string,
  gcloud: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly stdout: string; readonly stderr: string }> =>
  promisify(execFile)('/bin/sh', ['-c', script], {
    env: { ...environment, PATH: `${join(gcloud, '..')}${delimiter}${environment['PATH'] ?? ''}` },
  })
