import { expect, test } from 'vitest'
import { agentLabels } from '../../shared/documents/labels.ts'
import type { ResourceLabels } from '../../shared/documents/labels.ts'
import { names } from '../../shared/documents/names.ts'
import { desired } from '../../shared/steps/steps.ts'
import { MADE, PLACE, result, stand, subjectOf } from './stand.ts'
import type { Stand } from './stand.ts'

const READER = 'ada@acme'
const WRITER = 'ada@acme.com'
const LABELS = agentLabels(PLACE, WRITER, {})

type Put = {
  readonly key: string
  readonly reader?: string
  readonly writer?: string
  readonly ours?: boolean
  readonly labels?: ResourceLabels
  readonly forgetful?: boolean
}

function put({ cloud }: Stand, { key, ...changes }: Put): void {
  const bound = { reader: READER, writer: WRITER, ours: true, labels: LABELS }
  const secret = { uid: PLACE.uid, key, madeMs: 0, hasValue: true, ...bound, ...changes }
  cloud.secrets.set(names.secret(PLACE, key), secret)
}

const BOTH = 'secrets.create secrets.bind'

test.each<[string, readonly string[], readonly Put[], string, string]>([
  ['none', [], [], '', 'ready'],
  ['one, and there is none', ['notes'], [], BOTH, 'ready'],
  ['two, and one is there', ['mail', 'notes'], [{ key: 'notes' }], BOTH, 'ready'],
  ['one that is there', ['notes'], [{ key: 'notes' }], '', 'ready'],
  ['one that another may read', ['notes'], [{ key: 'notes', reader: 'eve@acme' }], 'secrets.bind', 'ready'],
  ['one that another may write', ['notes'], [{ key: 'notes', writer: 'eve@acme.com' }], 'secrets.bind', 'ready'],
  ['one that nobody may read', ['notes'], [{ key: 'notes', reader: '' }], 'secrets.bind', 'ready'],
  ['one that is labelled otherwise', ['notes'], [{ key: 'notes', labels: {} }], 'secrets.label', 'ready'],
  ['one that forgets destroyed values', ['notes'], [{ key: 'notes', forgetful: true }], 'secrets.label', 'ready'],
  ['none, and one is there', [], [{ key: 'notes' }], 'secrets.delete', 'ready'],
  ['another than is there', ['mail'], [{ key: 'notes' }], `${BOTH} secrets.delete`, 'ready'],
  ["one that is somebody else's", ['notes'], [{ key: 'notes', ours: false }], '', 'failed NameConflict'],
  ["none, and somebody else's is there", [], [{ key: 'notes', ours: false }], '', 'ready'],
])('where %s is wanted, secrets are made so', async (_, secrets, there, did, found) => {
  const at = stand()
  for (const secret of there) put(at, secret)
  expect(await result(at, 'secrets', { spec: { secrets }, resources: MADE })).toEqual([did, found])
})

test('a value that was there stays there', async () => {
  const at = stand()
  put(at, { key: 'notes', reader: 'eve@acme' })
  await at.tryStep('secrets', { spec: { secrets: ['notes'] }, resources: MADE })
  expect([...at.cloud.secrets.values()]).toMatchObject([
    { key: 'notes', hasValue: true, reader: READER, writer: WRITER },
  ])
})

test('what a model and a channel need is wanted without being listed, and once', async () => {
  const spec = {
    secrets: ['openai-key'],
    model: { provider: 'openai', name: 'gpt-5', apiKeySecret: 'openai-key' },
    channels: [{ kind: 'slack' }, { kind: 'whatsapp' }],
  }
  const at = stand()
  expect(await at.tryStep('secrets', { spec, resources: MADE })).toMatchObject({ is: 'ready', resource: { count: 3 } })
  expect([...at.cloud.secrets.values()].map(({ key }) => key)).toEqual([
    'openai-key',
    'slack-app-token',
    'slack-bot-token',
  ])
})

test('secrets are billed with what else the agent has', async () => {
  const at = stand()
  for (const team of ['red', 'blue']) {
    await at.tryStep('secrets', { spec: { secrets: ['notes'], labels: { team } }, resources: MADE })
    const labels = agentLabels(PLACE, WRITER, { team })
    expect([...at.cloud.secrets.values()]).toMatchObject([{ key: 'notes', labels }])
  }
  expect(at.changes).toEqual(['secrets.create', 'secrets.bind', 'secrets.label'])
})

test('labels that are not set yet are waited for', async () => {
  const at = stand()
  put(at, { key: 'notes', labels: {} })
  const backend = { ...at.backend, secrets: { ...at.backend.secrets, label: async () => {} } }
  expect(await at.tryStep('secrets', { spec: { secrets: ['notes'] }, resources: MADE, backend })).toMatchObject({
    is: 'waiting',
    reason: 'Labelling',
    message: 'not labelled or not recoverable yet: notes',
  })
})

test('an account that was made again reads the secrets anew', () => {
  const [before, after] = ['account-1', 'account-2'].map((id) =>
    desired('secrets', subjectOf({ resources: { ...MADE, identity: { id, email: READER } } })),
  )
  expect(before).not.toEqual(after)
})

test("removal takes ours and leaves somebody else's", async () => {
  const at = stand()
  put(at, { key: 'notes' })
  put(at, { key: 'mail', ours: false })
  expect(await result(at, 'secrets', {}, 'gone')).toEqual(['secrets.delete', 'removed'])
  expect([...at.cloud.secrets.values()].map(({ key }) => key)).toEqual(['mail'])
})

test('a secret that is made by halves is said by name', async () => {
  const at = stand()
  at.cloud.broken.set('secrets.bind', 'Unavailable')
  const spec = { secrets: ['mail'] }
  await expect(at.tryStep('secrets', { spec, resources: MADE })).rejects.toThrow('secrets.bind')
  at.cloud.broken.clear()
  expect(await result(at, 'secrets', { spec, resources: MADE })).toEqual(['secrets.create secrets.bind', 'ready'])
})
