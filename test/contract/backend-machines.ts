import { expect } from 'vitest'
import { identityLabels } from '../../shared/documents/labels.ts'
import type { Place } from '../../shared/documents/names.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import type { Backend, Item, Machine, MachineWanted } from '../../shared/ports/backend.ts'
import { LeaseExpired } from '../../shared/ports/errors.ts'
import type { Intent } from '../../shared/ports/intent.ts'
import { isNotFound } from './backend-subject.ts'
import type { BackendSubject, Check } from './backend-subject.ts'

const told = (generation: string) => ({ ...machineConfiguration({ channels: [] }), generation })

/** Makes what a machine needs. */
async function wantedOf({ backend, place, intent }: BackendSubject): Promise<MachineWanted> {
  const account = await backend.identity.create(intent, place)
  await backend.identity.makeAttachable(intent, place)
  const disk = await backend.disks.create(intent, place, identityLabels(place))
  return {
    shape: { machineType: 'e2-medium', openclawVersion: '2026.9.6', accountId: account.uniqueId, diskId: disk.id },
    configuration: told('g1'),
    labels: identityLabels(place),
    restart: 0,
  }
}

async function reach(subject: BackendSubject, state: Machine['state']): Promise<Machine> {
  const { backend, place } = subject
  await subject.until(async () => (await backend.machines.find(place))?.state === state)
  const found = await backend.machines.find(place)
  if (found === undefined) throw new Error('the machine is gone')
  return found
}

async function booted(subject: BackendSubject): Promise<Machine> {
  const wanted = await wantedOf(subject)
  await subject.backend.machines.insert(subject.intent, subject.place, wanted)
  return reach(subject, 'running')
}

const machines: Readonly<Record<string, Check>> = {
  'a machine is inserted once and runs': async (subject) => {
    const { backend, place, intent } = subject
    const wanted = await wantedOf(subject)
    await backend.machines.insert(intent, place, wanted)
    const first = await backend.machines.find(place)
    await backend.machines.insert(intent, place, wanted)
    const found = await reach(subject, 'running')
    expect(found).toMatchObject({ id: first?.id, ours: true, shape: wanted.shape, generation: 'g1', restart: 0 })
    expect(await backend.disks.find(place)).toMatchObject({ attached: true })
  },
  'a machine is configured while it runs': async (subject) => {
    const { backend, place, intent } = subject
    const { id } = await booted(subject)
    await backend.machines.configure(intent, place, id, told('g2'))
    expect(await backend.machines.find(place)).toMatchObject({ id, generation: 'g2', state: 'running' })
    const other = backend.machines.configure(intent, place, 'another', told('g3'))
    await expect(other).rejects.toSatisfy(isNotFound)
  },
  'a machine has the labels it was given last': async (subject) => {
    const { backend, place, intent } = subject
    const { id } = await booted(subject)
    await backend.machines.label(intent, place, id, { ...identityLabels(place), team: 'red' })
    await backend.machines.label(intent, place, id, { ...identityLabels(place), cost: '7' })
    const found = await backend.machines.find(place)
    expect(found).toMatchObject({ id, ours: true, labels: { ...identityLabels(place), cost: '7' } })
    expect(found?.labels).not.toHaveProperty('team')
    await expect(backend.machines.label(intent, place, 'another', {})).rejects.toSatisfy(isNotFound)
  },
  'a machine is stopped and started under its id': async (subject) => {
    const { backend, place, intent } = subject
    const { id, startedAtMs } = await booted(subject)
    await backend.machines.stop(intent, place, id)
    await reach(subject, 'stopped')
    await backend.machines.start(intent, place, id, 1)
    const again = await reach(subject, 'running')
    expect(again).toMatchObject({ id, restart: 1 })
    expect(again.startedAtMs).toBeGreaterThanOrEqual(startedAtMs)
  },
  'a machine is deleted by its id only': async (subject) => {
    const { backend, place, intent } = subject
    const { id } = await booted(subject)
    await backend.machines.delete(intent, place, 'another')
    expect(await backend.machines.find(place)).toMatchObject({ id })
    await backend.machines.delete(intent, place, id)
    await subject.until(async () => (await backend.machines.find(place)) === undefined)
    await backend.machines.delete(intent, place, id)
    expect((await booted(subject)).id).not.toBe(id)
  },
}

async function listed({ backend, place }: BackendSubject, planeUid = place.planeUid): Promise<readonly Item[]> {
  const items: Item[] = []
  for await (const page of backend.inventory.list({ ...place, planeUid })) items.push(...page)
  return items
}

const whole: Readonly<Record<string, Check>> = {
  'the inventory lists what there is, to its own plane': async (subject) => {
    const { backend, place, intent } = subject
    expect(await listed(subject)).toEqual([])
    await booted(subject)
    await backend.secrets.create(intent, place, 'key', identityLabels(place))
    await backend.egress.set(intent, place, { mode: 'restricted', domains: ['acme.com'] })
    const items = await listed(subject)
    expect(items.map(({ kind }) => kind).toSorted()).toEqual(['account', 'disk', 'egress', 'machine', 'secret'])
    expect(new Set(items.map(({ uid }) => uid))).toEqual(new Set([place.uid]))
    expect(await listed(subject, 'zzzzzzzzzz')).toEqual([])
  },
  'after removal the inventory is empty': async (subject) => {
    const { backend, place, intent } = subject
    const { id } = await booted(subject)
    await backend.machines.delete(intent, place, id)
    await subject.until(async () => (await backend.machines.find(place)) === undefined)
    await backend.disks.delete(intent, place)
    await backend.identity.delete(intent, place)
    expect(await listed(subject)).toEqual([])
  },
  'nothing is done after an attempt has ended': async (subject) => {
    const { backend, place, expired } = subject
    const { id } = await booted(subject)
    const before = await listed(subject)
    for (const late of lateCalls(backend, place, expired, id)) await expect(late()).rejects.toBeInstanceOf(LeaseExpired)
    expect(await listed(subject)).toEqual(before)
    expect(await backend.machines.find(place)).toMatchObject({ id, state: 'running', generation: 'g1' })
    expect(await backend.access.find(place, undefined)).toEqual([])
  },
}

function lateCalls(backend: Backend, place: Place, late: Intent, id: string): readonly (() => Promise<unknown>)[] {
  const { identity, secrets: store, egress, disks, machines: compute, access, plane } = backend
  const elsewhere = { ...place, uid: 'yyyyyyyyyy' }
  return [
    () => identity.create(late, elsewhere),
    () => identity.setDisabled(late, place, true),
    () => identity.delete(late, place),
    () => store.create(late, place, 'key', identityLabels(place)),
    () => egress.set(late, place, { mode: 'open', domains: [] }),
    () => disks.create(late, elsewhere, identityLabels(elsewhere)),
    () => compute.configure(late, place, id, told('late')),
    () => compute.stop(late, place, id),
    () => compute.delete(late, place, id),
    () => access.grant(late, place, id, 'ada@acme.com'),
    () => access.revoke(late, place),
    () => plane.createNetwork(late, place),
  ]
}

/** What every backend promises about machines, and about an agent as a whole. */
export const machineChecks: Readonly<Record<string, Check>> = { ...machines, ...whole }

/** What every backend promises of the way in to a machine. */
export const accessChecks: Readonly<Record<string, Check>> = {
  'access is one owner at one machine': async (subject) => {
    const { access } = subject.backend
    const { place, intent } = subject
    const { id } = await booted(subject)
    expect(await access.find(place, undefined)).toEqual([])
    await access.grant(intent, place, id, 'bob@acme.com')
    await access.grant(intent, place, id, 'ada@acme.com')
    expect(await access.find(place, id)).toEqual(['ada@acme.com'])
    expect(await access.find(place, '7777777777')).toEqual([])
    expect(await access.find(place, undefined)).toEqual(['ada@acme.com'])
    await access.revoke(intent, place)
    await access.revoke(intent, place)
    expect(await access.find(place, undefined)).toEqual([])
  },
}
