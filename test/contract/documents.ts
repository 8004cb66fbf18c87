import { expect, test } from 'vitest'
import type { Lease } from '../../shared/documents/heartbeat.ts'
import type { AgentRef, PlaneRef } from '../../shared/documents/ref.ts'
import { planePath, uidOf } from '../../shared/documents/uid.ts'
import type { Documents } from '../../shared/ports/documents.ts'
import { accepted, agentFields, agentStatus, lease, planeFields, planeStatus } from './statuses.ts'

type Fields = Readonly<Record<string, unknown>>

/** Some documents, and what people do to them. */
export type DocumentsSubject = {
  readonly documents: Documents
  /** Writes a spec, keeping `createdAt` of the one that is there. */
  readonly putPlane: (plane: string, fields: Fields) => Promise<PlaneRef>
  readonly putAgent: (plane: string, name: string, fields: Fields) => Promise<AgentRef>
  /** Deletes a spec; what is written after it has another `createdAt`. */
  readonly removeAgent: (plane: string, name: string) => Promise<void>
}

/** A plane `acme` that is open, and its agent `ada`. */
async function acme({ documents, putPlane, putAgent }: DocumentsSubject): Promise<{ plane: PlaneRef; ada: AgentRef }> {
  const plane = await putPlane('acme', planeFields)
  await documents.createStatus(plane, planeStatus(plane))
  return { plane, ada: await putAgent('acme', 'ada', agentFields) }
}

const other = (ref: AgentRef, uid: string): AgentRef => ({ ...ref, uid })

/** What every store of documents promises. */
export function documentsContract(make: () => Promise<DocumentsSubject>): void {
  specsContract(make)
  statusContract(make)
  listsContract(make)
  leasesContract(make)
}

function specsContract(make: () => Promise<DocumentsSubject>): void {
  test('a name without a spec means nothing', async () => {
    const { documents } = await make()
    expect(await documents.findPlane('acme')).toBeUndefined()
    expect(await documents.findAgent('acme', 'ada')).toBeUndefined()
    expect(await documents.findAgentByUid('aaaaaaaaaa')).toBeUndefined()
  })

  test('a name means the spec that stands there', async () => {
    const subject = await make()
    const { plane, ada } = await acme(subject)
    expect(await subject.documents.findPlane('acme')).toEqual(plane)
    expect(await subject.documents.findAgent('acme', 'ada')).toEqual(ada)
    expect(ada.planeUid).toBe(plane.uid)
  })

  test('an agent that is created again is another one', async () => {
    const subject = await make()
    const { ada } = await acme(subject)
    await subject.removeAgent('acme', 'ada')
    const again = await subject.putAgent('acme', 'ada', agentFields)
    expect(again.uid).not.toBe(ada.uid)
    expect((await subject.documents.viewAgent(ada)).spec).toBeUndefined()
    expect((await subject.documents.viewAgent(again)).spec?.uid).toBe(again.uid)
  })

  test('an edit keeps the uid and changes the generation', async () => {
    const subject = await make()
    const { ada } = await acme(subject)
    const before = (await subject.documents.viewAgent(ada)).spec
    expect((await subject.documents.viewAgent(ada)).spec).toEqual(before)
    await subject.putAgent('acme', 'ada', { ...agentFields, restart: 1 })
    const after = (await subject.documents.viewAgent(ada)).spec
    expect(after).toMatchObject({ uid: before?.uid, createdAt: before?.createdAt, parsed: { spec: { restart: 1 } } })
    expect(after?.generation).not.toBe(before?.generation)
  })

  test('an agent of a plane that does not exist is found, under a uid made from the name of the plane', async () => {
    const { documents, putAgent } = await make()
    await putAgent('nowhere', 'ada', agentFields)
    const ref = await documents.findAgent('nowhere', 'ada')
    expect(ref?.planeUid).toBe(uidOf(planePath('nowhere'), ''))
    expect((await documents.viewAgent(ref as AgentRef)).plane).toMatchObject({ ref: { uid: ref?.planeUid } })
  })

  test('a view shows the plane that stands there now', async () => {
    const { documents, putPlane, putAgent } = await make()
    const early = await putAgent('acme', 'ada', agentFields)
    const plane = await putPlane('acme', planeFields)
    await documents.createStatus(plane, planeStatus(plane))
    const view = await documents.viewAgent(early)
    expect(view.plane).toMatchObject({ ref: plane, spec: { uid: plane.uid }, status: { status: { uid: plane.uid } } })
  })

  test.each([
    ['an unknown field', { ...agentFields, colour: 'red' }, 'colour'],
    ['a group as owner', { owner: 'allUsers' }, 'owner'],
    ['no owner', {}, 'owner'],
    ['a secret that is a value', { ...agentFields, secrets: ['sk-abcdefghij0123456789'] }, 'secrets.0'],
    ['900 KB', { ...agentFields, labels: { team: 'a'.repeat(900_000) } }, 'spec'],
  ])('a spec with %s is refused by its field', async (_, fields, field) => {
    const subject = await make()
    await acme(subject)
    const ref = await subject.putAgent('acme', 'bad', fields)
    expect((await subject.documents.viewAgent(ref)).spec?.parsed).toMatchObject({ ok: false, field, removed: false })
  })

  test('a bad spec that is to be removed says so', async () => {
    const subject = await make()
    await acme(subject)
    const ref = await subject.putAgent('acme', 'bad', { owner: 7, desiredState: 'removed', purge: true })
    const { spec } = await subject.documents.viewAgent(ref)
    expect(spec?.parsed).toMatchObject({ ok: false, field: 'owner', removed: true, purge: true })
  })

  test('a spec is deleted only as it was seen', async () => {
    const subject = await make()
    const { ada, plane } = await acme(subject)
    const seen = (await subject.documents.viewAgent(ada)).spec?.generation ?? ''
    await subject.putAgent('acme', 'ada', { ...agentFields, retry: 1 })
    await subject.documents.deleteSpec(ada, seen)
    const { spec } = await subject.documents.viewAgent(ada)
    expect(spec?.parsed).toMatchObject({ spec: { retry: 1 } })
    await subject.documents.deleteSpec(ada, spec?.generation ?? '')
    await subject.documents.deleteSpec(ada, spec?.generation ?? '')
    expect(await subject.documents.findAgent('acme', 'ada')).toBeUndefined()
    expect(await subject.documents.findPlane('acme')).toEqual(plane)
  })
}

function statusContract(make: () => Promise<DocumentsSubject>): void {
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

function listsContract(make: () => Promise<DocumentsSubject>): void {
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

function leasesContract(make: () => Promise<DocumentsSubject>): void {
  test('leases are kept by uid, and replaced whole', async () => {
    const subject = await make()
    const { ada } = await acme(subject)
    const uids = Array.from({ length: 100 }, (_, n) => uidOf('agent', String(n)))
    const first = new Map<string, Lease>(uids.map((uid) => [uid, lease({ channels: { telegram: 'connected' } })]))
    await subject.documents.writeLeases('acme', first)
    expect(await subject.documents.readLeases('acme')).toEqual(first)
    const [gone = '', changed = ''] = uids
    const bare = lease({ seenAtMs: 3, failing: ['telegram'] })
    await subject.documents.writeLeases(
      'acme',
      new Map([
        [gone, undefined],
        [changed, bare],
      ]),
    )
    const leases = await subject.documents.readLeases('acme')
    expect(leases.size).toBe(99)
    expect(leases.get(changed)).toEqual(bare)
    expect(await subject.documents.readLease(other(ada, changed))).toEqual(bare)
    expect(await subject.documents.readLease(other(ada, gone))).toBeUndefined()
  })

  test('a plane without heartbeats has no leases', async () => {
    const subject = await make()
    const { ada } = await acme(subject)
    await subject.documents.writeLeases('acme', new Map())
    expect(await subject.documents.readLeases('acme')).toEqual(new Map())
    expect(await subject.documents.readLease(ada)).toBeUndefined()
  })

  test('the orphans seen are those of the last sweep', async () => {
    const { documents } = await make()
    expect(await documents.readOrphans('acme')).toEqual({})
    await documents.writeOrphans('acme', { aaaaaaaaaa: 1, bbbbbbbbbb: 2 })
    await documents.writeOrphans('acme', { bbbbbbbbbb: 2 })
    expect(await documents.readOrphans('acme')).toEqual({ bbbbbbbbbb: 2 })
    expect(await documents.readLeases('acme')).toEqual(new Map())
  })
}
