import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { calm } from '../../infra/local/gcp/options.ts'
import type { Options } from '../../infra/local/gcp/options.ts'
import { ADMIN, aCloud } from './a-cloud.ts'
import { REGIONS } from './recorded-regions.ts'
import { lacking, replay } from './replay.ts'
import type { Exchange } from './replay.ts'

/*
 * recorded.jsonl: requests to Google Cloud and its answers, from the golden logs of
 * https://github.com/GoogleCloudPlatform/k8s-config-connector (Apache-2.0), each with its file. Of those about methods
 * served here, these can be replayed; left out are roles of other services, networks in auto mode, projects and folders
 * that are made or deleted, and requests about something made before the log began. A policy without the owner, who could
 * do nothing more here, comes last.
 */
const exchanges = readFileSync(new URL('recorded.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Exchange)

const FOLDER = 'folders/folder-id'

/** Whoever recorded them had every right in a folder. */
const recording: Partial<Options> = {
  readOnlyFields: 'ignore',
  regions: REGIONS,
  projects: calm.projects.map((project) => ({ ...project, parent: FOLDER })),
  containers: [
    {
      name: FOLDER,
      displayName: 'Recordings',
      parent: 'organizations/organization-id',
      bindings: ['roles/iam.denyAdmin', 'roles/resourcemanager.organizationAdmin'].map((role) => {
        return { role, members: [`user:${ADMIN}`] }
      }),
    },
  ],
}

const logs = [...Map.groupBy(exchanges, ({ src }) => src)]

test.each(logs)('%s: what was answered is answered here, in status and shape', async (_, recorded) => {
  const { send } = aCloud(recording)
  const answers = await replay(recorded, send)
  for (const [index, { method, url, status, response }] of recorded.entries())
    expect({ method, url, status: answers[index]?.status, lacking: lacking(response, answers[index]?.body) }).toEqual({
      method,
      url,
      status,
      lacking: [],
    })
})

test('a shape lacks members that are missing or of another type', () => {
  const recorded = { a: 1, b: [{ c: 'x' }], d: { e: true } }
  expect(lacking(recorded, { a: 2, b: [{ c: 'y', z: 1 }], d: { e: false }, more: 1 })).toEqual([])
  expect(lacking(recorded, { a: 1, b: [], d: { e: true } })).toEqual(['.b[]: object is undefined'])
  expect(lacking(recorded, { a: '1', b: [{}], d: null })).toEqual([
    '.a: number is string',
    '.b[].c: string is undefined',
    '.d: object is null',
  ])
})
