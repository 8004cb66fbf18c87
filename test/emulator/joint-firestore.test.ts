import type { WriteBatch } from '@google-cloud/firestore'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { systemClock } from '../../shared/gcp/clock.ts'
import { firestoreSlack } from '../../shared/gcp/firestore-slack.ts'
import { firestoreSpecs } from '../../shared/gcp/firestore-specs.ts'
import { JointFirestore } from '../../shared/gcp/joint-firestore.ts'
import { countedRequests } from '../bench/operations.ts'
import { agentFields, agentStatus, planeFields } from '../contract/statuses.ts'
import { recordingLog } from '../fakes/log.ts'
import { freshProject } from './project.ts'

const NOW_MS = 1_790_000_000_000
const MANY = Array.from({ length: 40 }, (_, i) => i)
const REF = { kind: 'agent', plane: 'acme', planeUid: 'p' } as const
const { log } = recordingLog()

/** A client whose requests are counted, of a project that a function of its own fills. */
function counted() {
  const { id, firestore } = freshProject()
  const { transformer, counts } = countedRequests()
  process.env['FIRESTORE_EMULATOR_HOST'] = inject('firestoreHost')
  const joint = new JointFirestore({ projectId: id, 'grpc.callInvocationTransformer': transformer })
  onTestFinished(() => joint.terminate())
  return { firestore, joint, counts }
}

/** A client that hears nothing of what it wrote, and so sends it twice. */
class ForgetfulFirestore extends JointFirestore {
  override batch(): WriteBatch {
    const [batch, again] = [super.batch(), super.batch()]
    const create: WriteBatch['create'] = (doc, fields) => {
      batch.create(doc, fields)
      return again.create(doc, fields)
    }
    const commit: WriteBatch['commit'] = async () => {
      await batch.commit()
      return again.commit()
    }
    return Object.assign(Object.create(batch) as WriteBatch, { create, commit })
  }
}

describe('documents that are asked for in one turn', () => {
  test('are got by one request, also when several ask for the same or for one that is not there', async () => {
    const { firestore, joint, counts } = counted()
    await firestore.doc('things/a').set({ is: 'a' })
    await firestore.doc('things/b').set({ is: 'b' })
    const asked = ['a', 'b', 'a', 'none'].map((name) => joint.getAll(joint.doc(`things/${name}`)))
    const both = joint.getAll(joint.doc('things/b'), joint.doc('things/a'))
    const found = await Promise.all([...asked, both])
    expect(found.map((docs) => docs.map((doc): unknown => doc.get('is')))).toEqual([
      ['a'],
      ['b'],
      ['a'],
      [undefined],
      ['b', 'a'],
    ])
    expect(counts.calls).toBe(1)
  })

  test('come with the fields that were asked for, whatever others wanted', async () => {
    const { firestore, joint, counts } = counted()
    await firestore.doc('things/a').set({ one: 1, two: 2, three: 3 })
    const ask = (...fieldMask: string[]) => joint.getAll(joint.doc('things/a'), { fieldMask })
    const [[one], [two], [all]] = await Promise.all([ask('one'), ask('two'), joint.getAll(joint.doc('things/a'))])
    expect([one?.get('one'), two?.get('two'), all?.data()]).toEqual([1, 2, { one: 1, two: 2, three: 3 }])
    expect(one?.data()).not.toHaveProperty('three')
    expect(counts.calls).toBe(2)
  })

  test('are found by all but whoever asked for what there cannot be', async () => {
    const { firestore, joint } = counted()
    await firestore.doc('things/a').set({ is: 'a' })
    const [good, bad] = await Promise.allSettled([
      joint.getAll(joint.doc('things/a')),
      joint.getAll(joint.doc('things/__reserved__')),
    ])
    expect(bad).toMatchObject({ status: 'rejected', reason: { kind: 'Invalid' } })
    expect(good.status === 'fulfilled' && good.value[0]?.get('is')).toBe('a')
  })
})

describe('requests of Slack that come in one turn', () => {
  test('are claimed, and have their answers kept, by one write for every twenty-five of them', async () => {
    const { joint, counts } = counted()
    const records = firestoreSlack(joint, systemClock)
    const claims = await Promise.all(MANY.map((i) => records.claim(`request-${i}`, NOW_MS)))
    expect(new Set(claims.map(({ is }) => is))).toEqual(new Set(['first']))
    expect(counts).toMatchObject({ calls: 2, writes: MANY.length })
    await Promise.all(MANY.map((i) => records.keepAnswer(`request-${i}`, `answer ${i}`)))
    expect(counts).toMatchObject({ calls: 4, writes: 2 * MANY.length })
    expect(await records.claim('request-7', NOW_MS)).toEqual({ is: 'repeat', answer: 'answer 7' })
  })

  test('are first although the answer to their claim was lost, which the client then sends again', async () => {
    const { id } = freshProject()
    process.env['FIRESTORE_EMULATOR_HOST'] = inject('firestoreHost')
    const forgetful = new ForgetfulFirestore({ projectId: id })
    onTestFinished(() => forgetful.terminate())
    const records = firestoreSlack(forgetful, systemClock)
    const claims = await Promise.all(['a', 'b'].map((id) => records.claim(id, NOW_MS)))
    expect(claims).toEqual([{ is: 'first' }, { is: 'first' }])
    expect(await records.claim('a', NOW_MS)).toEqual({ is: 'repeat' })
  })

  test('have each one first, whichever instance it came to, beside whichever others', async () => {
    const { firestore, joint } = counted()
    const instances = [firestoreSlack(firestore, systemClock), firestoreSlack(joint, systemClock)]
    const asked = [...instances, ...instances].flatMap((records) => MANY.map((i) => ({ records, id: `request-${i}` })))
    const claims = await Promise.all(
      asked.map(async ({ records, id }) => ({ id, is: (await records.claim(id, NOW_MS)).is })),
    )
    const first = claims.filter(({ is }) => is === 'first').map(({ id }) => id)
    expect(first.toSorted()).toEqual(MANY.map((i) => `request-${i}`).toSorted())
  })

  test('have their answers kept although one of them is not there any more', async () => {
    const { joint } = counted()
    const records = firestoreSlack(joint, systemClock)
    await records.claim('here', NOW_MS)
    const kept = await Promise.allSettled([records.keepAnswer('here', 'yes'), records.keepAnswer('gone', 'no')])
    expect(kept).toMatchObject([{ status: 'fulfilled' }, { reason: { kind: 'NotFound' } }])
    expect(await records.claim('here', NOW_MS)).toEqual({ is: 'repeat', answer: 'yes' })
  })
})

describe('agents that are asked for in one turn', () => {
  test('are each owner’s own, by one query for every thirty owners', async () => {
    const { firestore, joint, counts } = counted()
    await firestore.doc('planes/acme').set({ ...planeFields, createdAt: new Date(NOW_MS) })
    for (const i of MANY) {
      const owner = `person-${i}@example.com`
      await firestore.doc(`planes/acme/agents/agent-${i}`).set({ ...agentFields, owner, createdAt: new Date(NOW_MS) })
      await firestore
        .doc(`planes/acme/agentStatus/uid-${i}`)
        .set(agentStatus({ ...REF, name: `agent-${i}`, uid: `uid-${i}` }, { owner }))
    }
    const specs = firestoreSpecs(joint, systemClock, log)
    const ask = async (i: number) => {
      const owner = `person-${i}@example.com`
      const [wanted, observed] = await Promise.all([
        specs.listAgents('acme', { owner }),
        specs.listAgentStatuses('acme', { includePurged: true, owner }),
      ])
      return [...wanted.map(({ ref }) => ref.name), ...observed.map(({ status }) => status.uid)]
    }
    expect(await Promise.all([...MANY, 99].map(ask))).toEqual([...MANY.map((i) => [`agent-${i}`, `uid-${i}`]), []])
    // Two for the specs of 41 owners, two for the statuses, and two reads of the plane for 41 who want it.
    expect(counts).toMatchObject({ queries: 4, calls: 6 })
  })

  test('are read once for all who look at the whole plane', async () => {
    const { firestore, joint, counts } = counted()
    await firestore.doc('planes/acme').set({ ...planeFields, createdAt: new Date(NOW_MS) })
    await firestore.doc('planes/acme/agents/ada').set({ ...agentFields, createdAt: new Date(NOW_MS) })
    const specs = firestoreSpecs(joint, systemClock, log)
    const lists = await Promise.all(MANY.map(() => specs.listAgents('acme')))
    expect(new Set(lists.map((list) => list.map(({ ref }) => ref.name).join()))).toEqual(new Set(['ada']))
    expect(counts).toMatchObject({ queries: 1, calls: 2 })
    await firestore.doc('planes/acme/agents/bob').set({ ...agentFields, createdAt: new Date(NOW_MS) })
    expect(await specs.listAgents('acme')).toHaveLength(2)
  })
})
