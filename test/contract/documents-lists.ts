import { expect, test } from 'vitest'
import type { PlaneRef } from '../../shared/documents/ref.ts'
import { uidOf } from '../../shared/documents/uid.ts'
import { acme, other } from './documents-subject.ts'
import type { DocumentsSubject } from './documents-subject.ts'
import { agentFields, agentStatus, planeFields, planeStatus } from './statuses.ts'

/** What every store promises about its lists. */
export function listsContract(make: () => Promise<DocumentsSubject>): void {
  test.each([
    ['Removing', 'bbbbbbbbbb'],
    ['Failed', 'bbbbbbbbbb'],
    ['Removed', undefined],
    ['Purged', undefined],
  ] as const)('a predecessor that is %s is %s', async (phase, expected) => {
    const subject = await make()
    const { ada } = await acme(subject)
    const earlier = other(ada, 'bbbbbbbbbb')
    await subject.documents.createStatus(ada, agentStatus(ada))
    await subject.documents.createStatus(earlier, agentStatus(earlier, { phase }))
    const namesake = { ...ada, name: 'bob', uid: 'cccccccccc' }
    await subject.documents.createStatus(namesake, agentStatus(namesake))
    expect(await subject.documents.findPredecessor(ada)).toBe(expected)
  })

  test('every status that is not Purged is listed once', async () => {
    const subject = await make()
    const { ada } = await acme(subject)
    const uids = Array.from({ length: 650 }, (_, n) => uidOf('agent', String(n)))
    await Promise.all(
      uids.map((uid, n) => {
        const ref = { ...ada, name: `agent-${n}`, uid }
        return subject.documents.createStatus(ref, agentStatus(ref, { phase: n % 13 === 0 ? 'Purged' : 'Ready' }))
      }),
    )
    const listed: string[] = []
    for await (const page of subject.documents.listStatuses('acme'))
      listed.push(...page.map(({ status }) => status.uid))
    expect(listed.toSorted()).toEqual(uids.filter((_, n) => n % 13 !== 0).toSorted())
    for await (const page of subject.documents.listStatuses('nowhere')) expect(page).toEqual([])
  })

  test('a listed status can be changed', async () => {
    const subject = await make()
    const { ada } = await acme(subject)
    await subject.documents.createStatus(ada, agentStatus(ada))
    for await (const [listed] of subject.documents.listStatuses('acme'))
      expect(await subject.documents.updateStatus(ada, listed?.version ?? '', { phase: 'Ready' })).toBeDefined()
  })

  test('every spec of a plane is listed with its generation', async () => {
    const subject = await make()
    const { ada } = await acme(subject)
    const bob = await subject.putAgent('acme', 'bob', { nonsense: true })
    await subject.putAgent('elsewhere', 'eve', agentFields)
    const listed = []
    for await (const page of subject.documents.listSpecs('acme')) listed.push(...page)
    const expected = [ada, bob].map(async ({ planeUid, ...ref }) => {
      const { spec } = await subject.documents.viewAgent({ planeUid, ...ref })
      return { ref, generation: spec?.generation }
    })
    expect(listed).toEqual(await Promise.all(expected))
  })

  test('planes are listed by their specs and by what is left of them', async () => {
    const subject = await make()
    const { plane } = await acme(subject)
    const fresh = await subject.putPlane('fresh', planeFields)
    const left: PlaneRef = { kind: 'plane', plane: 'left', uid: 'bbbbbbbbbb' }
    const gone: PlaneRef = { kind: 'plane', plane: 'gone', uid: 'cccccccccc' }
    await subject.documents.createStatus(left, planeStatus(left, { phase: 'Removing' }))
    await subject.documents.createStatus(gone, planeStatus(gone, { phase: 'Purged' }))
    const listed = await subject.documents.listPlanes()
    expect(listed).toHaveLength(3)
    expect(listed).toEqual(expect.arrayContaining([plane, fresh, left]))
  })
}
