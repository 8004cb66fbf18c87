import { expect, test } from 'vitest'
import { acme } from './documents-subject.ts'
import type { DocumentsSubject } from './documents-subject.ts'
import { accepted, agentFields, agentStatus, planeFields, planeStatus } from './statuses.ts'

/** What every store promises about statuses. */
export function statusContract(make: () => Promise<DocumentsSubject>): void {
  test('of many who create a status one does', async () => {
    const subject = await make()
    const { ada } = await acme(subject)
    const racers = Array.from({ length: 10 }, () => subject.documents.createStatus(ada, agentStatus(ada, { accepted })))
    expect((await Promise.all(racers)).filter(Boolean)).toHaveLength(1)
    expect(await subject.documents.createStatus(ada, agentStatus(ada, { phase: 'Failed' }))).toBe(false)
    expect((await subject.documents.viewAgent(ada)).status?.status).toEqual(agentStatus(ada, { accepted }))
  })

  test('an agent is admitted to an open plane only', async () => {
    const { documents, putPlane, putAgent } = await make()
    const plane = await putPlane('acme', planeFields)
    const ada = await putAgent('acme', 'ada', agentFields)
    expect(await documents.createStatus(ada, agentStatus(ada, { accepted }))).toBe(false)
    await documents.createStatus(plane, planeStatus(plane, { target: 'absent' }))
    expect(await documents.createStatus(ada, agentStatus(ada, { accepted }))).toBe(false)
    expect((await documents.viewAgent(ada)).status).toBeUndefined()
  })

  test('an agent whose spec is gone, or is another one by now, is not admitted', async () => {
    const subject = await make()
    const { ada } = await acme(subject)
    const earlier = { ...ada, uid: 'earlieraa2' }
    expect(await subject.documents.createStatus(earlier, agentStatus(earlier, { accepted }))).toBe(false)
    const { spec } = await subject.documents.viewAgent(ada)
    await subject.documents.deleteSpec(ada, spec?.generation ?? '')
    expect(await subject.documents.createStatus(ada, agentStatus(ada, { accepted }))).toBe(false)
    expect((await subject.documents.viewAgent(ada)).status).toBeUndefined()
  })

  test.each([
    ['one that was refused', {}],
    ['one that is only taken away', { accepted, target: 'absent' as const }],
  ])('a closing plane takes the status of %s', async (_, fields) => {
    const { documents, putPlane, putAgent } = await make()
    const plane = await putPlane('acme', planeFields)
    await documents.createStatus(plane, planeStatus(plane, { target: 'absent' }))
    const ada = await putAgent('acme', 'ada', agentFields)
    expect(await documents.createStatus(ada, agentStatus(ada, fields))).toBe(true)
  })

  test('a field with the value undefined is a field that is not there', async () => {
    const subject = await make()
    const { ada } = await acme(subject)
    await subject.documents.createStatus(ada, agentStatus(ada, { owner: undefined, pinned: undefined }))
    expect((await subject.documents.viewAgent(ada)).status?.status).toEqual(agentStatus(ada))
  })

  test('a status changes field by field, and only as it was seen', async () => {
    const subject = await make()
    const { ada } = await acme(subject)
    const steps = { identity: { state: 'idle', attempt: 0 }, disk: { state: 'idle', attempt: 0 } } as const
    await subject.documents.createStatus(ada, agentStatus(ada, { accepted, steps, observedGeneration: '1' }))
    const version = (await subject.documents.viewAgent(ada)).status?.version ?? ''
    const changes = {
      'steps.identity': { state: 'ready', attempt: 1, want: 'w', op: undefined },
      phase: 'Provisioning',
    }
    const next = await subject.documents.updateStatus(ada, version, changes)
    expect(await subject.documents.updateStatus(ada, version, { phase: 'Ready' })).toBeUndefined()
    const last = await subject.documents.updateStatus(ada, next ?? '', {
      'steps.disk': undefined,
      observedGeneration: undefined,
    })
    const { status } = await subject.documents.viewAgent(ada)
    expect(status?.version).toBe(last)
    expect(status?.status).toEqual(
      agentStatus(ada, {
        accepted,
        phase: 'Provisioning',
        steps: { identity: { state: 'ready', attempt: 1, want: 'w' } },
      }),
    )
  })

  test('of many who change one version of a status one does', async () => {
    const subject = await make()
    const { ada } = await acme(subject)
    await subject.documents.createStatus(ada, agentStatus(ada))
    const version = (await subject.documents.viewAgent(ada)).status?.version ?? ''
    const racers = Array.from({ length: 5 }, (_, n) =>
      subject.documents.updateStatus(ada, version, { [`resources.r${n}`]: { id: n } }),
    )
    expect((await Promise.all(racers)).filter((written) => written !== undefined)).toHaveLength(1)
    expect(Object.keys((await subject.documents.viewAgent(ada)).status?.status.resources ?? {})).toHaveLength(1)
  })

  test('a status that does not exist cannot be changed', async () => {
    const subject = await make()
    const { ada } = await acme(subject)
    expect(await subject.documents.updateStatus(ada, '1', { phase: 'Ready' })).toBeUndefined()
    expect((await subject.documents.viewAgent(ada)).status).toBeUndefined()
  })

  test('a plane tells who is left once it is closing', async () => {
    const subject = await make()
    const { plane, ada } = await acme(subject)
    await subject.documents.createStatus(ada, agentStatus(ada, { accepted }))
    const open = await subject.documents.viewPlane(plane)
    expect(open.agentsLeft).toBeUndefined()
    await subject.documents.updateStatus(plane, open.status?.version ?? '', { target: 'absent' })
    expect((await subject.documents.viewPlane(plane)).agentsLeft).toBe(true)
    const { status } = await subject.documents.viewAgent(ada)
    await subject.documents.updateStatus(ada, status?.version ?? '', { phase: 'Purged' })
    expect((await subject.documents.viewPlane(plane)).agentsLeft).toBe(false)
  })

  test('an agent is found by its uid alone', async () => {
    const subject = await make()
    const { ada } = await acme(subject)
    expect(await subject.documents.findAgentByUid(ada.uid)).toBeUndefined()
    await subject.documents.createStatus(ada, agentStatus(ada))
    expect(await subject.documents.findAgentByUid(ada.uid)).toEqual(ada)
  })
}
