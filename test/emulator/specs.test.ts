import { describe, expect, test } from 'vitest'
import type { Firestore } from '@google-cloud/firestore'
import { firestoreDocuments } from '../../shared/gcp/documents.ts'
import { firestoreSpecs } from '../../shared/gcp/firestore-specs.ts'
import type { SpecWriter } from '../../shared/ports/specs.ts'
import { specsContract } from '../contract/specs.ts'
import { agentFields, agentStatus, planeFields, planeStatus } from '../contract/statuses.ts'
import { recordingLog } from '../fakes/log.ts'
import { freshProject } from './project.ts'

const NOW_MS = 1_790_000_000_000

const specsOf = (db: Firestore): SpecWriter => firestoreSpecs(db, { nowMs: () => NOW_MS }, recordingLog().log)

describe('specs in Firestore', () => {
  specsContract(async () => specsOf(freshProject().firestore))

  test('a plane is created once', async () => {
    const { firestore } = freshProject()
    const specs = specsOf(firestore)
    const ref = await specs.createPlane('acme', planeFields)
    expect(await firestoreDocuments(firestore, recordingLog().log).findPlane('acme')).toEqual(ref)
    await expect(specs.createPlane('acme', planeFields)).rejects.toMatchObject({
      kind: 'AlreadyExists',
      message: 'planes/acme exists already',
    })
    expect(await specs.getPlane('acme')).toMatchObject({ ref, parsed: { ok: true, spec: planeFields } })
    expect(await specs.listPlanes()).toEqual([await specs.getPlane('acme')])
  })

  test('of many who create an agent one does', async () => {
    const { firestore } = freshProject()
    const specs = specsOf(firestore)
    await specs.createPlane('acme', planeFields)
    const racers = Array.from({ length: 5 }, () => specs.createAgent('acme', 'ada', agentFields))
    const results = await Promise.allSettled(racers)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const ref = await firestoreDocuments(firestore, recordingLog().log).findAgent('acme', 'ada')
    expect(results.find((result) => result.status === 'fulfilled')?.value).toEqual(ref)
    expect(await specs.listAgents('acme')).toEqual([await specs.getAgent('acme', 'ada')])
  })

  test('an agent needs a plane', async () => {
    const specs = specsOf(freshProject().firestore)
    const created = specs.createAgent('acme', 'ada', agentFields)
    await expect(created).rejects.toMatchObject({ kind: 'NotFound', message: 'there is no planes/acme' })
    expect([await specs.getPlane('acme'), await specs.getAgent('acme', 'ada')]).toEqual([undefined, undefined])
  })

  test('an update changes fields, and nothing when somebody was faster', async () => {
    const specs = specsOf(freshProject().firestore)
    await specs.createPlane('acme', planeFields)
    await specs.createAgent('acme', 'ada', { ...agentFields, budgetUsdPerMonth: 20 })
    const seen = (await specs.getAgent('acme', 'ada'))?.generation ?? ''
    const changes = { desiredState: 'stopped', budgetUsdPerMonth: undefined, 'labels.team': 'a' }
    const generation = await specs.updateAgent('acme', 'ada', changes, { generation: seen })
    const stale = specs.updateAgent('acme', 'ada', { desiredState: 'removed' }, { generation: seen })
    await expect(stale).rejects.toMatchObject({ kind: 'Conflict', message: expect.stringContaining('try again') })
    const after = await specs.getAgent('acme', 'ada')
    expect(after?.generation).toBe(generation)
    expect(after?.parsed).toMatchObject({ ok: true, spec: { desiredState: 'stopped', labels: { team: 'a' } } })
    expect(after?.parsed).not.toHaveProperty('spec.budgetUsdPerMonth')
    await specs.updatePlane('acme', { retry: 1 })
    expect(await specs.getPlane('acme')).toMatchObject({ parsed: { spec: { retry: 1 } } })
  })

  test.each([undefined, '1'])('what is not there cannot be updated (generation %s)', async (generation) => {
    const specs = specsOf(freshProject().firestore)
    const update = specs.updateAgent('acme', 'ada', { retry: 1 }, { generation })
    await expect(update).rejects.toMatchObject({ kind: 'NotFound', message: 'there is no planes/acme/agents/ada' })
  })

  test('statuses are read with and without tombstones, and say when to purge', async () => {
    const { firestore } = freshProject()
    const specs = specsOf(firestore)
    const documents = firestoreDocuments(firestore, recordingLog().log)
    const plane = await specs.createPlane('acme', planeFields)
    await documents.createStatus(plane, planeStatus(plane))
    const ada = await specs.createAgent('acme', 'ada', agentFields)
    const gone = { ...ada, uid: 'bbbbbbbbbb' }
    await documents.createStatus(ada, agentStatus(ada, { phase: 'Ready' }))
    expect(await specs.countAgents('acme')).toBe(1)
    const version = (await specs.getAgentStatus(ada))?.version ?? ''
    await documents.updateStatus(ada, version, { phase: 'Removed' })
    expect(await specs.countAgents('acme')).toBe(0)
    await documents.createStatus(gone, agentStatus(gone, { phase: 'Purged' }))
    expect(await specs.listAgentStatuses('acme', { includePurged: false })).toHaveLength(1)
    expect(await specs.listAgentStatuses('acme', { includePurged: true })).toHaveLength(2)
    const { owner } = agentStatus(ada)
    expect(await specs.listAgentStatuses('acme', { includePurged: false, owner })).toHaveLength(1)
    expect(await specs.listAgentStatuses('acme', { includePurged: true, owner })).toHaveLength(2)
    expect(await specs.listAgentStatuses('acme', { includePurged: true, owner: 'eve@acme.com' })).toEqual([])
    await Promise.all([1, 2, 3].map((n) => specs.setPurgeAt(ada, NOW_MS + n)))
    const status = (await specs.getAgentStatus(ada))?.status
    expect(status).toMatchObject({ phase: 'Removed', purgeAtMs: expect.any(Number) })
    await expect(specs.setPurgeAt({ plane: 'acme', uid: 'cccccccccc' }, 1)).rejects.toMatchObject({ kind: 'NotFound' })
  })

  test('the audit trail is appended to, in the order of time', async () => {
    const { firestore } = freshProject()
    let nowMs = NOW_MS
    const specs = firestoreSpecs(firestore, { nowMs: () => nowMs++ }, recordingLog().log)
    for (const agent of ['ada', 'bob', 'eve'])
      await specs.audit('acme', {
        actor: 'admin@acme.com',
        surface: 'cli',
        requestId: 'r',
        action: 'add-agent',
        agent,
        before: { model: undefined },
      })
    const { docs } = await firestore.collection('planes/acme/audit').get()
    expect(docs.map((doc) => doc.get('agent'))).toEqual(['ada', 'bob', 'eve'])
    expect(docs[0]?.data()).toEqual({
      actor: 'admin@acme.com',
      surface: 'cli',
      requestId: 'r',
      action: 'add-agent',
      agent: 'ada',
      before: {},
      at: expect.anything(),
    })
    expect(docs[0]?.id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
  })
})
