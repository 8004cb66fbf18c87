import { expect, test } from 'vitest'
import { identityLabels } from '../../shared/documents/labels.ts'
import type { Place } from '../../shared/documents/names.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import type { Backend, Item, Machine, MachineWanted } from '../../shared/ports/backend.ts'
import { LeaseExpired, ProviderError } from '../../shared/ports/errors.ts'
import type { Intent } from '../../shared/ports/intent.ts'

/** A backend with nothing in it. */
export type BackendSubject = {
  readonly backend: Backend
  readonly place: Place
  /** An attempt that may act, and one whose time is over. */
  readonly intent: Intent
  readonly expired: Intent
  /** Lets time go on until something is so; rejects when it never is. */
  until(check: () => Promise<boolean>): Promise<void>
  close(): Promise<void>
}

type Make = () => Promise<BackendSubject>
type Check = (subject: BackendSubject) => Promise<void>

/** What every backend promises. */
export function backendContract(make: Make): void {
  const tests: Readonly<Record<string, Check>> = { ...accounts, ...secrets, ...small, ...machines, ...whole }
  test.each(Object.entries(tests))('%s', async (_, check) => {
    expect.hasAssertions()
    const subject = await make()
    try {
      await check(subject)
    } finally {
      await subject.close()
    }
  })
}

const isNotFound = (error: unknown): boolean => error instanceof ProviderError && error.kind === 'NotFound'

const accounts: Readonly<Record<string, Check>> = {
  'an account is made once': async ({ backend: { identity }, place, intent }) => {
    expect(await identity.find(place)).toBeUndefined()
    const made = await identity.create(intent, place)
    expect(made).toMatchObject({ ours: true, disabled: false })
    expect(await identity.create(intent, place)).toEqual(made)
    expect(await identity.find(place)).toEqual(made)
  },
  'an account is disabled and enabled': async ({ backend: { identity }, place, intent }) => {
    await identity.create(intent, place)
    await identity.setDisabled(intent, place, true)
    expect(await identity.find(place)).toMatchObject({ disabled: true })
    await identity.setDisabled(intent, place, false)
    expect(await identity.find(place)).toMatchObject({ disabled: false })
  },
  'an account that is made again has another id': async ({ backend: { identity }, place, intent }) => {
    const first = await identity.create(intent, place)
    await identity.delete(intent, place)
    await identity.delete(intent, place)
    expect(await identity.find(place)).toBeUndefined()
    expect((await identity.create(intent, place)).uniqueId).not.toBe(first.uniqueId)
  },
  'an account that is not there cannot be disabled': async ({ backend: { identity }, place, intent }) => {
    await expect(identity.setDisabled(intent, place, true)).rejects.toSatisfy(isNotFound)
  },
}

const who = { reader: 'agent@local', writer: 'ada@acme.com' }

const secrets: Readonly<Record<string, Check>> = {
  'a secret has one reader and one writer': async ({ backend, place, intent }) => {
    const store = backend.secrets
    expect(await store.list(place)).toEqual([])
    await store.create(intent, place, 'key', identityLabels(place))
    await store.create(intent, place, 'key', identityLabels(place))
    await store.bind(intent, place, 'key', { reader: 'a@local', writer: 'b@acme.com' })
    await store.bind(intent, place, 'key', who)
    expect(await store.list(place)).toEqual([
      { key: 'key', ours: true, readers: [who.reader], writers: [who.writer], hasValue: false },
    ])
  },
  'a secret that is deleted is gone': async ({ backend, place, intent }) => {
    const store = backend.secrets
    await store.create(intent, place, 'one', identityLabels(place))
    await store.create(intent, place, 'two', identityLabels(place))
    await store.delete(intent, place, 'one')
    await store.delete(intent, place, 'one')
    expect((await store.list(place)).map(({ key }) => key)).toEqual(['two'])
  },
  'a secret that is not there cannot be bound': async ({ backend, place, intent }) => {
    await expect(backend.secrets.bind(intent, place, 'key', who)).rejects.toSatisfy(isNotFound)
  },
}

const small: Readonly<Record<string, Check>> = {
  'egress is set, replaced and deleted': async ({ backend: { egress }, place, intent }) => {
    expect(await egress.find(place)).toBeUndefined()
    await egress.set(intent, place, { mode: 'open', domains: [] })
    await egress.set(intent, place, { mode: 'restricted', domains: ['acme.com'] })
    expect(await egress.find(place)).toEqual({ mode: 'restricted', domains: ['acme.com'], ours: true })
    await egress.delete(intent, place)
    await egress.delete(intent, place)
    expect(await egress.find(place)).toBeUndefined()
  },
  'a disk is made once, and made again it is another': async ({ backend: { disks }, place, intent }) => {
    const made = await disks.create(intent, place, identityLabels(place))
    expect(made).toMatchObject({ zone: place.zone, ours: true, attached: false })
    expect(await disks.create(intent, place, identityLabels(place))).toEqual(made)
    await disks.delete(intent, place)
    await disks.delete(intent, place)
    expect(await disks.find(place)).toBeUndefined()
    expect((await disks.create(intent, place, identityLabels(place))).id).not.toBe(made.id)
  },
  'access is one owner at one machine': async ({ backend: { access }, place, intent }) => {
    expect(await access.find(place, undefined)).toEqual([])
    await access.grant(intent, place, '1', 'ada@acme.com')
    await access.grant(intent, place, '2', 'ada@acme.com')
    expect(await access.find(place, '2')).toEqual(['ada@acme.com'])
    expect(await access.find(place, '1')).toEqual([])
    await access.revoke(intent, place)
    await access.revoke(intent, place)
    expect(await access.find(place, undefined)).toEqual([])
  },
  'a network is made once': async ({ backend: { plane }, place, intent }) => {
    expect(await plane.findNetwork(place)).toBeUndefined()
    await plane.createNetwork(intent, place)
    const made = await plane.findNetwork(place)
    expect(made).toMatchObject({ ours: true })
    await plane.createNetwork(intent, place)
    expect(await plane.findNetwork(place)).toEqual(made)
    await plane.deleteNetwork(intent, place)
    await plane.deleteNetwork(intent, place)
    expect(await plane.findNetwork(place)).toBeUndefined()
  },
}

const told = (generation: string) => ({ ...machineConfiguration({ channels: [] }), generation })

/** Makes what a machine needs. */
async function wantedOf({ backend, place, intent }: BackendSubject): Promise<MachineWanted> {
  const account = await backend.identity.create(intent, place)
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
    await backend.egress.set(intent, place, { mode: 'open', domains: [] })
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
