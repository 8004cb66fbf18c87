import { expect, test } from 'vitest'
import { apiClient } from '../../shared/api/client.ts'
import type { ApiClient } from '../../shared/api/client.ts'
import { router } from '../../shared/commands/router.ts'
import { firestoreDocuments } from '../../shared/gcp/documents.ts'
import { firestoreSpecs } from '../../shared/gcp/firestore-specs.ts'
import type { Phase } from '../../shared/documents/status.ts'
import { agentStatus } from '../contract/statuses.ts'
import { ADA, PLANE, TOKEN, commandWorld } from '../fakes/commands.ts'
import { recordingLog } from '../fakes/log.ts'
import { freshProject } from './project.ts'

const ONE = { plane: 'local', name: 'ada' } as const

/** The commands over a real Firestore, where no engine runs. */
function firestoreApi() {
  const { firestore } = freshProject()
  const world = commandWorld()
  const { log } = recordingLog()
  const specs = firestoreSpecs(firestore, world.ports.clock, log)
  const documents = firestoreDocuments(firestore, log)
  const fetch = router({ ...world.ports, specs, documents })
  const api: ApiClient = apiClient({ url: 'http://127.0.0.1', token: TOKEN, fetch })
  const audited = async (): Promise<string[]> => {
    const { docs } = await firestore.collection('planes/local/audit').get()
    return docs.map((doc) => String(doc.get('action'))).toSorted()
  }
  const keyed = (key: string): ApiClient => apiClient({ url: 'http://127.0.0.1', token: TOKEN, fetch, key })
  const statuses = async (phase: Phase): Promise<void> => {
    const ref = await documents.findAgent('local', 'ada')
    if (ref === undefined) throw new Error('there is no agent ada')
    await firestore.doc(`planes/local/agentStatus/${ref.uid}`).set(agentStatus(ref, { phase }))
  }
  return { api, keyed, specs, statuses, audited }
}

test('a plane and an agent are created once, shown, and audited once each', async () => {
  const { api, audited } = firestoreApi()
  expect(await api.createPlane(PLANE)).toMatchObject({ upToDate: false, plane: { backend: 'process' } })
  expect(await api.createPlane(PLANE)).toMatchObject({ upToDate: true })
  const { agent, upToDate } = await api.addAgent({ ...ADA, labels: { team: 'x', cost: 'y' } })
  expect({ agent, upToDate }).toMatchObject({ upToDate: false, agent: { phase: 'Pending', owner: ADA.owner } })
  expect(await api.addAgent({ ...ADA, labels: { cost: 'y', team: 'x' } })).toMatchObject({ upToDate: true })
  expect((await api.getPlane({ plane: 'local' })).agents).toEqual([agent])
  expect((await api.listPlanes({})).planes).toMatchObject([{ name: 'local', phase: 'Pending' }])
  expect(await audited()).toEqual(['add-agent', 'create-plane'])
})

test('of many who add one name, one adds it and the rest are told', async () => {
  const { api, audited } = firestoreApi()
  await api.createPlane(PLANE)
  const calls = Array.from({ length: 5 }, async (_, index) =>
    api.addAgent({ ...ADA, owner: `ada${index}@example.com` }),
  )
  const results = await Promise.allSettled(calls)
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  for (const reason of refused)
    expect(reason).toMatchObject({ status: 409, body: { code: 'AlreadyExists', field: 'name' } })
  expect(await audited()).toEqual(['add-agent', 'create-plane'])
})

test('a removal is one wish, to which a purge can be added', async () => {
  const { api, specs } = firestoreApi()
  await api.createPlane(PLANE)
  await api.addAgent(ADA)
  expect(await api.removeAgent(ONE)).toMatchObject({ upToDate: false, agent: { desiredState: 'removed' } })
  expect(await api.removeAgent(ONE)).toMatchObject({ upToDate: true })
  expect(await api.removeAgent({ ...ONE, purge: true })).toMatchObject({ upToDate: false })
  expect((await specs.getAgent('local', 'ada'))?.parsed).toMatchObject({
    spec: { desiredState: 'removed', purge: true },
  })
  await expect(api.addAgent(ADA)).rejects.toMatchObject({ status: 409, body: { code: 'StillRemoving' } })
})

test('a plane that is not there is told from an agent that is not there', async () => {
  const { api } = firestoreApi()
  await expect(api.addAgent(ADA)).rejects.toMatchObject({ status: 404, body: { field: 'plane' } })
  await api.createPlane(PLANE)
  await expect(api.getAgent(ONE)).rejects.toMatchObject({ status: 404, body: { field: 'name' } })
})

test('a restart that is sent many times at once under one key is one restart and one entry', async () => {
  const { api, keyed, specs, statuses, audited } = firestoreApi()
  await api.createPlane(PLANE)
  await api.addAgent(ADA)
  await statuses('Ready')
  const wish = keyed('one-wish-1234')
  const answers = await Promise.all([1, 2, 3, 4].map(() => wish.restartAgent(ONE)))
  expect(answers.map(({ upToDate }) => upToDate)).toEqual([false, false, false, false])
  expect((await specs.getAgent('local', 'ada'))?.parsed).toMatchObject({ spec: { restart: 1 } })
  expect(await audited()).toEqual(['add-agent', 'create-plane', 'restart'])
})

test('of many who restart at once each counts, and each is in the trail', async () => {
  const { api, specs, statuses, audited } = firestoreApi()
  await api.createPlane(PLANE)
  await api.addAgent(ADA)
  await statuses('Ready')
  await Promise.all([1, 2].map(() => api.restartAgent(ONE)))
  expect((await specs.getAgent('local', 'ada'))?.parsed).toMatchObject({ spec: { restart: 2 } })
  expect(await audited()).toEqual(['add-agent', 'create-plane', 'restart', 'restart'])
})

test('members and the trail are kept with the plane', async () => {
  const { api } = firestoreApi()
  await api.createPlane(PLANE)
  const amy = { plane: 'local', email: 'amy@example.com' }
  expect(await api.putMember({ ...amy, role: 'admin' })).toMatchObject({
    upToDate: false,
    members: [{ role: 'admin' }],
  })
  expect(await api.putMember({ ...amy, role: 'admin' })).toMatchObject({ upToDate: true })
  expect(await api.removeMember(amy)).toMatchObject({ upToDate: false, members: [] })
  const { entries } = await api.readAudit({ plane: 'local' })
  expect(entries.map(({ action, member }) => [action, member])).toEqual([
    ['member-remove', amy.email],
    ['member-add', amy.email],
    ['create-plane', undefined],
  ])
})
