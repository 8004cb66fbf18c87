import { expect, test } from 'vitest'
import type { AuditEntry, SpecWriter } from '../../shared/ports/specs.ts'
import { agentFields, planeFields } from './statuses.ts'

const entry = (fields: Partial<AuditEntry> = {}): AuditEntry => ({
  actor: 'admin@acme.com',
  surface: 'cli',
  action: 'update-agent',
  agent: 'ada',
  requestId: 'request-1',
  ...fields,
})

const actions = async (specs: SpecWriter): Promise<string[]> =>
  (await specs.listAudit('acme', { limit: 100 })).map(({ action }) => action)

/** What every store promises of a write and the entry that says whose it was, and of members. */
export function specsContract(make: () => Promise<SpecWriter>): void {
  async function acme(): Promise<SpecWriter> {
    const specs = await make()
    await specs.createPlane('acme', planeFields, entry({ action: 'create-plane' }))
    await specs.createAgent('acme', 'ada', agentFields, entry({ action: 'add-agent' }))
    return specs
  }

  test('a write leaves its entry, the newest first', async () => {
    const specs = await acme()
    await specs.updateAgent('acme', 'ada', { restart: 1 }, { entry: entry({ action: 'restart' }) })
    await specs.updatePlane('acme', { retentionDays: 3 }, { entry: entry({ action: 'update-plane' }) })
    expect(await actions(specs)).toEqual(['update-plane', 'restart', 'add-agent', 'create-plane'])
  })

  test('a write that is refused leaves none', async () => {
    const specs = await acme()
    const stale = (await specs.getAgent('acme', 'ada'))?.generation
    await specs.updateAgent('acme', 'ada', { restart: 1 })
    const late = { generation: stale, entry: entry({ action: 'late' }) }
    await expect(specs.updateAgent('acme', 'ada', { restart: 2 }, late)).rejects.toMatchObject({ kind: 'Conflict' })
    const again = specs.createAgent('acme', 'ada', agentFields, entry({ action: 'again' }))
    await expect(again).rejects.toMatchObject({ kind: 'AlreadyExists' })
    const nobody = specs.updateAgent('acme', 'eve', { restart: 1 }, { entry: entry({ action: 'eve' }) })
    await expect(nobody).rejects.toMatchObject({ kind: 'NotFound' })
    const purge = specs.setPurgeAt({ plane: 'acme', uid: 'cccccccccc' }, 1, entry({ action: 'purge' }))
    await expect(purge).rejects.toMatchObject({ kind: 'NotFound' })
    expect(await actions(specs)).toEqual(['add-agent', 'create-plane'])
  })

  test('an entry is found by its key, in its own plane', async () => {
    const specs = await acme()
    await specs.createPlane('other', planeFields)
    await specs.audit('acme', entry({ key: 'a-key-1234', asked: 'hash', after: { machineType: null } }))
    const found = await specs.findAudit('acme', 'a-key-1234')
    expect(found).toMatchObject({ ...entry(), key: 'a-key-1234', asked: 'hash', after: { machineType: null } })
    expect(found).toMatchObject({ id: expect.any(String) as string, at: expect.stringMatching(/^20.+Z$/) as string })
    expect(await specs.findAudit('acme', 'a-key-5678')).toBeUndefined()
    expect(await specs.findAudit('other', 'a-key-1234')).toBeUndefined()
  })

  test('the trail is read in pages, and of one agent', async () => {
    const specs = await acme()
    for (const [index, agent] of ['ada', 'bob', 'ada', 'bob'].entries())
      await specs.audit('acme', entry({ action: `a${index}`, agent }))
    const first = await specs.listAudit('acme', { limit: 3 })
    expect(first.map(({ action }) => action)).toEqual(['a3', 'a2', 'a1'])
    const rest = await specs.listAudit('acme', { limit: 100, before: first.at(-1)?.id })
    expect(rest.map(({ action }) => action)).toEqual(['a0', 'add-agent', 'create-plane'])
    const bobs = await specs.listAudit('acme', { agent: 'bob', limit: 100 })
    expect(bobs.map(({ action }) => action)).toEqual(['a3', 'a1'])
    expect(await specs.listAudit('acme', { agent: 'bob', limit: 100, before: bobs[0]?.id })).toEqual([bobs[1]])
  })

  test('a member has one role, given, changed and taken away', async () => {
    const specs = await acme()
    const amy = { email: 'amy@acme.com', role: 'admin' } as const
    await specs.putMember('acme', amy, undefined, entry({ action: 'member-add', member: amy.email }))
    const there = await specs.getMember('acme', amy.email)
    expect(there).toMatchObject(amy)
    await specs.putMember('acme', { ...amy, role: 'viewer' }, there, entry({ action: 'member-add' }))
    expect(await specs.listMembers('acme')).toEqual([{ ...there, role: 'viewer' }])
    expect(await specs.listMembers('other')).toEqual([])
    await specs.removeMember('acme', amy.email, entry({ action: 'member-remove' }))
    expect(await specs.getMember('acme', amy.email)).toBeUndefined()
    expect((await actions(specs)).slice(0, 3)).toEqual(['member-remove', 'member-add', 'member-add'])
  })

  test('two who change a membership at once are told', async () => {
    const specs = await acme()
    const amy = { email: 'amy@acme.com', role: 'admin' } as const
    await specs.putMember('acme', amy, undefined, entry())
    await expect(specs.putMember('acme', amy, undefined, entry())).rejects.toMatchObject({ kind: 'Conflict' })
    await specs.removeMember('acme', amy.email, entry())
    await expect(specs.removeMember('acme', amy.email, entry())).rejects.toMatchObject({ kind: 'Conflict' })
    const gone = { ...amy, createdAt: '2026-01-01T00:00:00Z' }
    await expect(specs.putMember('acme', amy, gone, entry())).rejects.toMatchObject({ kind: 'Conflict' })
  })
}
