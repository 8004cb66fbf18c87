import { expect, test } from 'vitest'
import type { AgentRef } from '../../shared/documents/ref.ts'
import { planePath, uidOf } from '../../shared/documents/uid.ts'
import { acme } from './documents-subject.ts'
import type { DocumentsSubject } from './documents-subject.ts'
import { agentFields, planeFields, planeStatus } from './statuses.ts'

/** What every store promises about specs. */
export function specsContract(make: () => Promise<DocumentsSubject>): void {
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
