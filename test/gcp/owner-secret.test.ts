import { readdir, readFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { TestContext } from 'vitest'
import { realClock } from '../../infra/local/gcp/clock.ts'
import { simulatedCloud } from '../../infra/local/gcp/cloud.ts'
import type { CloudRequest } from '../../infra/local/gcp/cloud.ts'
import { seededRandom } from '../../infra/local/gcp/ids.ts'
import { calm } from '../../infra/local/gcp/options.ts'
import { listen } from '../../infra/local/gcp/server.ts'
import { names } from '../../shared/documents/names.ts'
import { identityLabels } from '../../shared/documents/labels.ts'
import { googleSecrets } from '../../shared/gcp/secrets.ts'
import { apiServer } from '../fakes/api-server.ts'
import { ADA } from '../fakes/commands.ts'
import { ownersPlane } from '../fakes/owners-plane.ts'
import { run } from '../fakes/run.ts'
import { ADMIN } from './a-cloud.ts'
import { INTENT } from './adapter-stand.ts'
import { aGoogle } from './a-google.ts'
import { GCLOUD_MS, findGcloud, gcloudEnvironment, gcloudFolder } from './installed-gcloud.ts'

const CANARY = 'canary-77d0-value-of-a-secret'
const READER = 'agent@accounts.example'

/** A simulated cloud that listens, and who asked it for what. */
async function listeningCloud() {
  const clock = realClock()
  const cloud = simulatedCloud({ ...calm, readOnlyFields: 'ignore' }, { clock, random: seededRandom(5) })
  const asked: string[] = []
  const answer = (request: CloudRequest) => {
    const { httpMethod, url, authorization } = request
    asked.push(`${authorization?.replace('Bearer sim:', '')} ${httpMethod} ${url.replace(/\?.*$/, '')}`)
    return cloud.answer(request)
  }
  const server = await listen({ ...cloud, answer }, 0)
  onTestFinished(() => server.close())
  return { server, asked, secrets: googleSecrets(aGoogle(server, clock, ADMIN)) }
}

/** The plane, and where its API listens. */
async function listeningPlane() {
  const plane = await ownersPlane()
  const api = await apiServer(plane.handle)
  onTestFinished(() => api.stop())
  return { ...plane, api }
}

/** All that is in the files of a folder, and of those in it. */
async function textsIn(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return (await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')))).join('\n')
}

/** What types `planes secret set` as somebody signed in to gcloud, who has it log every request. */
async function typist(ctx: TestContext, address: Parameters<typeof gcloudEnvironment>[0], state: string) {
  const gcloud = await findGcloud()
  if (gcloud === undefined) return ctx.skip('gcloud is not installed: no value is added by it')
  const folder = await gcloudFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const main = new URL('../../clients/cli/main.js', import.meta.url).pathname
  const line = ['secret', 'set', '--plane', 'local', '--name', 'ada', '--secret', 'notes', '--model', 'openai/gpt-5']
  const type = (caller: string, ...more: readonly string[]) => {
    const env = gcloudEnvironment(address, { folder: folder.path, caller })
    const path = `${dirname(gcloud)}${delimiter}${env['PATH'] ?? ''}`
    const noisy = { CLOUDSDK_CORE_LOG_HTTP: 'true', CLOUDSDK_CORE_LOG_HTTP_REDACT_TOKEN: 'false' }
    const surroundings = { ...env, ...noisy, PATH: path, AP_STATE_DIR: state }
    return run(process.execPath, [main, ...line, ...more], { env: surroundings, input: CANARY })
  }
  return { type, folder: folder.path }
}

test(
  'an owner adds a value with gcloud, by a right to add and none to read, and it is nowhere else',
  { timeout: GCLOUD_MS },
  async (ctx) => {
    const { server, asked, secrets } = await listeningCloud()
    const { api, place, kept } = await listeningPlane()
    const { type, folder } = await typist(ctx, server, api.state)
    await secrets.create(INTENT, place, 'notes', identityLabels(place))
    await secrets.bind(INTENT, place, 'notes', { reader: READER, writer: ADA.owner })

    const said = await type(ADA.owner)
    expect(said).toMatchObject({
      code: 0,
      stdout: 'Secret "notes" of agent "ada" is set. It is the key of openai/gpt-5 now.\n',
    })
    const secret = `/v1/projects/${place.project}/secrets/${names.secret(place, 'notes')}`
    expect(asked.filter((line) => line.startsWith(ADA.owner))).toEqual([`${ADA.owner} POST ${secret}:addVersion`])

    const access = (as: string) =>
      fetch(`${server.address}${secret}/versions/latest:access`, { headers: { authorization: `Bearer sim:${as}` } })
    expect((await access(ADA.owner)).status).toBe(403)
    const read = (await (await access(ADMIN)).json()) as { readonly payload: { readonly data: string } }
    expect(Buffer.from(read.payload.data, 'base64').toString()).toBe(CANARY)

    expect([said.stdout, said.stderr, kept(), asked.join('\n'), await textsIn(folder)].join('\n')).not.toContain(CANARY)
    const encoded = Buffer.from(CANARY).toString('base64')
    expect([said.stderr, await textsIn(folder)].join('\n')).not.toContain(encoded)
  },
)

test(
  'a value waits for its secret, and one that somebody else may not add sets no model',
  { timeout: GCLOUD_MS },
  async (ctx) => {
    const { server, asked, secrets } = await listeningCloud()
    const { api, place, spec } = await listeningPlane()
    const { type } = await typist(ctx, server, api.state)
    const other = await type('eve@example.com', '--timeout', '1s')
    expect(other).toMatchObject({ code: 1, stdout: '' })
    expect(other.stderr).toMatch(/(?:NOT_FOUND|PERMISSION_DENIED).*\n/)
    expect(await spec()).toMatchObject({ secrets: ['notes'] })
    expect(await spec()).not.toHaveProperty('model')

    asked.length = 0
    const set = type(ADA.owner, '--timeout', '4m')
    await expect.poll(() => asked.length, { timeout: GCLOUD_MS }).toBeGreaterThan(0)
    await secrets.create(INTENT, place, 'notes', identityLabels(place))
    await secrets.bind(INTENT, place, 'notes', { reader: READER, writer: ADA.owner })
    expect(await set).toMatchObject({ code: 0, stdout: expect.stringContaining('is the key of openai/gpt-5 now') })
  },
)
