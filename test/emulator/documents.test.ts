import { describe, expect, test } from 'vitest'
import { FieldValue } from '@google-cloud/firestore'
import type { Firestore } from '@google-cloud/firestore'
import { agentPath, planePath, uidOf } from '../../shared/documents/uid.ts'
import { firestoreDocuments } from '../../shared/gcp/documents.ts'
import { documentsContract } from '../contract/documents.ts'
import type { DocumentsSubject } from '../contract/documents-subject.ts'
import { agentFields, agentStatus, lease, planeFields, planeStatus } from '../contract/statuses.ts'
import { recordingLog } from '../fakes/log.ts'
import { freshProject } from './project.ts'

type Raw = Readonly<Record<string, unknown>>

/** Firestore as people write to it. */
function subject(db: Firestore, log = recordingLog().log): DocumentsSubject {
  const documents = firestoreDocuments(db, log)
  const put = async (path: string, fields: Raw): Promise<void> => {
    const doc = db.doc(path)
    const createdAt: unknown = (await doc.get()).get('createdAt') ?? FieldValue.serverTimestamp()
    await doc.set({ ...fields, createdAt })
  }
  return {
    documents,
    putPlane: async (plane, fields) => {
      await put(planePath(plane), fields)
      return present(await documents.findPlane(plane))
    },
    putAgent: async (plane, name, fields) => {
      await put(agentPath(plane, name), fields)
      return present(await documents.findAgent(plane, name))
    },
    removeAgent: async (plane, name) => {
      await db.doc(agentPath(plane, name)).delete()
    },
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is not there')
  return value
}

describe('documents in Firestore', () => {
  documentsContract(async () => subject(freshProject().firestore))

  test('a value that is no data is refused by its field', async () => {
    const { firestore } = freshProject()
    const { documents, putAgent } = subject(firestore)
    for (const [field, value] of Object.entries({
      owner: firestore.doc('planes/acme'),
      model: Buffer.from('x'),
      labels: new Date(0),
      retry: Number.NaN,
    })) {
      const ref = await putAgent('acme', 'bad', { ...agentFields, [field]: value })
      expect((await documents.viewAgent(ref)).spec?.parsed).toMatchObject({ ok: false, field })
    }
  })

  test.each(['Ada', 'ada_lovelace', 'a'.repeat(41), 'ada.', 'Ünal'])(
    'the name %s is refused as a field',
    async (name) => {
      const { documents, putAgent } = subject(freshProject().firestore)
      const ref = await putAgent('acme', name, agentFields)
      expect((await documents.viewAgent(ref)).spec?.parsed).toMatchObject({ ok: false, field: 'name', removed: false })
      const removed = await putAgent('acme', name, { ...agentFields, desiredState: 'removed' })
      expect((await documents.viewAgent(removed)).spec?.parsed).toMatchObject({
        ok: false,
        field: 'name',
        removed: true,
      })
    },
  )

  test('a spec without a time of creation is named by when it was stored', async () => {
    const { firestore } = freshProject()
    const { documents } = subject(firestore)
    await firestore.doc('planes/acme').set({ ...planeFields, createdAt: 'yesterday' })
    const ref = present(await documents.findPlane('acme'))
    expect((await documents.viewPlane(ref)).spec?.parsed).toMatchObject({ ok: false, field: 'createdAt' })
    await firestore.doc('planes/acme').update({ retentionDays: 1 })
    expect(await documents.findPlane('acme')).toEqual(ref)
  })

  test('an exported and imported spec keeps its uid', async () => {
    const { firestore } = freshProject()
    const restored = freshProject().firestore
    const ref = await subject(firestore).putPlane('acme', planeFields)
    await restored.doc('planes/acme').set(present((await firestore.doc('planes/acme').get()).data()))
    expect(await subject(restored).documents.findPlane('acme')).toEqual(ref)
  })

  test('a status that cannot be read is logged and stops no other', async () => {
    const { firestore } = freshProject()
    const { log, lines } = recordingLog()
    const { documents, putPlane, putAgent } = subject(firestore, log)
    const plane = await putPlane('acme', planeFields)
    await documents.createStatus(plane, planeStatus(plane))
    const [ada, bad] = await Promise.all(['ada', 'bad'].map((name) => putAgent('acme', name, agentFields)))
    await documents.createStatus(present(ada), agentStatus(present(ada)))
    await firestore.doc(`planes/acme/agentStatus/${present(bad).uid}`).set({ phase: 'Ready', steps: 7 })
    const listed = []
    for await (const page of documents.listStatuses('acme')) listed.push(...page.map(({ status }) => status.name))
    expect(listed).toEqual(['ada'])
    expect(lines).toEqual(['error status.unreadable'])
    await expect(documents.viewAgent(present(bad))).rejects.toThrow(/agentStatus\/.* cannot be read: .+/)
  })

  test('a lease that cannot be read is none', async () => {
    const { firestore } = freshProject()
    const { log, lines } = recordingLog()
    const { documents } = subject(firestore, log)
    await firestore.doc('planes/acme/leases/1').set({ agents: { aaaaaaaaaa: { nonsense: true } } })
    expect(await documents.readLeases('acme')).toEqual(new Map())
    expect(lines).toEqual(['warn lease.unreadable'])
  })

  test('four documents hold a thousand heartbeats', async () => {
    const { firestore } = freshProject()
    const { documents } = subject(firestore)

    const leases = new Map(Array.from({ length: 1000 }, (_, n) => [uidOf('agent', String(n)), lease()]))
    await documents.writeLeases('acme', leases)
    expect((await firestore.collection('planes/acme/leases').get()).size).toBe(4)
    expect(await documents.readLeases('acme')).toEqual(leases)
  })
})
