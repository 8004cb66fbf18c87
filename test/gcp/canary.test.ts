import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inventory } from '../../infra/local/gcp/inventory.ts'
import { AgentSpec } from '../../shared/documents/agent.ts'
import { Name, SecretName } from '../../shared/documents/fields.ts'
import { names } from '../../shared/documents/names.ts'
import { parseSpec } from '../../shared/documents/parsed.ts'
import type { AgentRef } from '../../shared/documents/ref.ts'
import { cloudLog } from '../../shared/gcp/log.ts'
import { ProviderError } from '../../shared/ports/errors.ts'
import { openFleet } from './fleet.ts'
import type { Exchange, Fleet } from './fleet.ts'
import { aPlane, isOver, LIFE, turnPage } from './fleet-life.ts'
import { PROJECT } from './life-cloud.ts'

/** Whose name holds what a shell, a filter and a path would trip over, as far as an address may. */
const OWNER = "o'brien+cn4ry@example.com"
const AGENT = 'quite-a-rare-name'
/** What no one but the machine may ever see. */
const VALUE = 'canary-3f9a61-value'

let fleet: Fleet
let agent: AgentRef
const exchanges: Exchange[] = []
const lines: string[] = []
const documents: string[] = []
const listings: string[] = []
const messages: string[] = []
const errors: unknown[] = []

const documentsOf = ({ store }: Fleet): string =>
  JSON.stringify([store.planes, store.agents, store.statuses, store.leases].map((kept) => [...kept]))

async function addValues({ planeUid, uid }: AgentRef, keys: readonly string[]): Promise<void> {
  const place = { project: PROJECT, region: '', zone: '', planeUid, uid }
  for (const key of keys) {
    const url = `/v1/projects/${PROJECT}/secrets/${names.secret(place, key)}:addVersion`
    const body = JSON.stringify({ payload: { data: Buffer.from(VALUE).toString('base64') } })
    const answer = await fleet.cloud.answer({ httpMethod: 'POST', url, body, authorization: `Bearer sim:${OWNER}` })
    if (answer === 'connection lost' || answer.status !== 200) throw new Error(JSON.stringify(answer))
  }
}

const SECRETS: Readonly<Record<string, readonly string[]>> = { add: ['mail', 'notes'], edit: ['telegram-bot-token'] }

beforeAll(async () => {
  fleet = await openFleet({
    log: cloudLog((line) => lines.push(line)),
    watch: (exchange) => exchanges.push(exchange),
    overhear: (message) => messages.push(JSON.stringify(message)),
    refused: (error) => errors.push(error),
  })
  await aPlane(fleet)
  for (const chapter of LIFE) {
    const edited = { ...chapter, fields: { ...chapter.fields, owner: OWNER } }
    // What goes wrong is told of as well, and must not tell more than that.
    const ref = await turnPage(fleet, AGENT, edited, {
      fate: 'unavailable',
      matches: ({ line }) => line.includes('/secrets') || line.endsWith('/instances'),
      times: 3,
    })
    await fleet.until(ref.uid, isOver(fleet, ref, edited))
    if (chapter.phase !== 'Purged') await addValues(ref, SECRETS[chapter.name] ?? [])
    documents.push(documentsOf(fleet))
    listings.push(JSON.stringify(inventory(fleet.cloud.world)))
    agent = ref
  }
})

afterAll(() => fleet.close())

describe('a secret’s value', () => {
  const written = { plainly: VALUE, 'as base64': Buffer.from(VALUE).toString('base64').slice(0, -4) }

  test.each(Object.entries(written))('is nowhere but in its place, written %s', (_, value) => {
    const sent = exchanges.map((one) => JSON.stringify(one))
    const logged = fleet.cloud.world.logs.entries().map((one) => JSON.stringify(one))
    const told = { documents, lines, listings, messages, exchanges: sent, logged }
    for (const [where, texts] of Object.entries(told)) {
      expect(texts.length, `${where} were kept`).toBeGreaterThan(0)
      expect(
        texts.filter((text) => text.includes(value)),
        `in ${where}`,
      ).toEqual([])
    }
  })

  const betrays = (error: unknown): boolean => {
    const text = inspect(error, { depth: null, maxStringLength: null, maxArrayLength: null })
    return Object.values(written).some((value) => text.includes(value))
  }

  // The engine makes outcomes of them, so they are taken down where they arise.
  test('is in no error of the backend, nor in what it was caused by', () => {
    const ofProvider = errors.filter((error) => error instanceof ProviderError)
    expect(ofProvider.some(({ cause }) => cause !== undefined)).toBe(true)
    expect(new Set(ofProvider.map(({ kind }) => kind))).toContain('Unavailable')
    expect([...errors, ...fleet.failures].filter(betrays)).toEqual([])
    const told = new ProviderError('Invalid', 'refused', { cause: { request: { body: `{"data":"${VALUE}"}` } } })
    expect(betrays(told), 'it would be found').toBe(true)
  })

  test('is looked for where it would be seen: the machine read it', () => {
    const own = fleet.cloud.world.access.usage(`ap-${agent.planeUid}-${agent.uid}@${PROJECT}.iam.gserviceaccount.com`)
    expect(own.used).toContain('secretmanager.versions.access')
  })
})

const requests = (): readonly Exchange['request'][] => exchanges.map(({ request }) => request)

const partsOf = (name: string): readonly string[] => [name, encodeURIComponent(name), name.replace(/@.*/, '')]

describe('a person’s name', () => {
  test.each([OWNER, AGENT])('is in no path and no query: %s', (name) => {
    const urls = requests().map(({ url }) => decodeURIComponent(url))
    expect(urls.filter((url) => partsOf(name).some((part) => url.includes(part)))).toEqual([])
  })

  test('is in a body only as the member of a policy', () => {
    const naming = requests().filter(({ body }) => body.includes('cn4ry'))
    expect(naming.length).toBeGreaterThan(0)
    expect(naming.filter(({ url }) => !/[:/]setIamPolicy(?:\?|$)/.test(url))).toEqual([])
    expect(naming.filter(({ body }) => !body.includes(`"user:${OWNER}"`))).toEqual([])
    expect(requests().filter(({ body }) => body.includes(AGENT))).toEqual([])
  })

  test('changes nothing of the script that a machine boots with', () => {
    const scripts = requests()
      .filter(({ httpMethod, url }) => httpMethod === 'POST' && /\/instances(?:\?|$)/.test(url))
      .map(({ body }) => scriptIn(JSON.parse(body)))
    expect(scripts.length).toBeGreaterThan(1)
    expect(new Set(scripts).size).toBe(1)
  })
})

function scriptIn(body: unknown): unknown {
  const { metadata } = body as { readonly metadata?: { readonly items?: readonly Readonly<Record<string, unknown>>[] } }
  return metadata?.items?.find(({ key }) => key === 'startup-script')?.['value']
}

const NASTY = ['"; rm -rf /', '../x', 'x'.repeat(300), '🦀', "ada+x'$(id)@acme.com", '`id`', 'a\nb', '%2e%2e', '']
const asSpec = (fields: Readonly<Record<string, unknown>>): unknown => ({
  createdAt: '2026-01-01T00:00:00Z',
  owner: 'ada@example.com',
  ...fields,
})

describe.each(NASTY)('the text %j is refused at the border', (text) => {
  test.each([
    ['owner', { owner: text }],
    ['secrets.0', { secrets: [text] }],
    ['zone', { zone: text }],
    ['machineType', { machineType: text }],
    ['openclawVersion', { openclawVersion: text }],
    ['egress.domains.0', { egress: { mode: 'restricted', domains: [text] } }],
    ['labels', { labels: { [`${text} `]: 'x' } }],
    ['labels.team', { labels: { team: `${text} ` } }],
    ['model.name', { model: { provider: 'openai', name: `${text} `, apiKeySecret: 'key' } }],
  ])('as %s, by the field’s name', (field, fields) => {
    const parsed = parseSpec(AgentSpec, asSpec(fields))
    expect(parsed.ok).toBe(false)
    expect(parsed).toMatchObject({ field: expect.stringMatching(new RegExp(`^${field.replaceAll('.', '\\.')}`)) })
  })

  test('as the name of an agent, a plane or a secret', () => {
    expect(Name.safeParse(text).success).toBe(false)
    expect(SecretName.safeParse(text).success).toBe(false)
  })
})

test('a document that was refused at the border never reaches the cloud', async () => {
  const before = exchanges.length
  const ref = await fleet.putAgent('acme', 'refused', { owner: "ada+x'$(id)@acme.com" })
  const status = await fleet.until(ref.uid, ({ conditions }) => conditions['SpecInvalid'] !== undefined)
  expect(status.conditions['SpecInvalid']?.message).toContain('owner')
  const sent = exchanges.slice(before).filter(({ request }) => JSON.stringify(request).includes(ref.uid))
  expect(sent).toEqual([])
})
