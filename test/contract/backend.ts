import { expect, test } from 'vitest'
import { identityLabels } from '../../shared/documents/labels.ts'
import { accessChecks, machineChecks } from './backend-machines.ts'
import { isNotFound } from './backend-subject.ts'
import type { BackendSubject, Check } from './backend-subject.ts'

type Make = () => Promise<BackendSubject>

/** What every backend promises. */
export function backendContract(make: Make): void {
  const tests: Readonly<Record<string, Check>> = {
    ...accountChecks,
    ...secretChecks,
    ...egressChecks,
    ...diskChecks,
    ...small,
    ...machineChecks,
    ...accessChecks,
  }
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

/** What every backend promises of accounts. */
export const accountChecks: Readonly<Record<string, Check>> = {
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

const who = { reader: 'agent@accounts.example', writer: 'ada@acme.com' }

/** What every backend promises of secrets. */
export const secretChecks: Readonly<Record<string, Check>> = {
  'a secret has one reader and one writer': async ({ backend, place, intent }) => {
    const store = backend.secrets
    expect(await store.list(place)).toEqual([])
    await store.create(intent, place, 'key', identityLabels(place))
    await store.create(intent, place, 'key', identityLabels(place))
    await store.bind(intent, place, 'key', { reader: 'a@accounts.example', writer: 'b@acme.com' })
    await store.bind(intent, place, 'key', who)
    const [{ recoverable = true, ...secret } = {}, ...others] = await store.list(place)
    expect(secret).toEqual({
      key: 'key',
      ours: true,
      readers: [who.reader],
      writers: [who.writer],
      labels: identityLabels(place),
    })
    expect([recoverable, others]).toEqual([true, []])
  },
  'a secret has the labels it was given last': async ({ backend: { secrets }, place, intent }) => {
    await expect(secrets.label(intent, place, 'key', identityLabels(place))).rejects.toSatisfy(isNotFound)
    await secrets.create(intent, place, 'key', { ...identityLabels(place), team: 'red' })
    await secrets.label(intent, place, 'key', { ...identityLabels(place), cost: '7' })
    expect(await secrets.list(place)).toMatchObject([{ key: 'key', ours: true }])
    const [found] = await secrets.list(place)
    expect(found?.labels).toEqual({ ...identityLabels(place), cost: '7' })
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
  'a secret has no value before somebody sets one, nor has one that is not there': async ({
    backend: { secrets },
    place,
    intent,
  }) => {
    expect(await secrets.hasValue(place, 'key')).toBe(false)
    await secrets.create(intent, place, 'key', identityLabels(place))
    expect(await secrets.hasValue(place, 'key')).toBe(false)
  },
}

/** What every backend promises of egress. */
export const egressChecks: Readonly<Record<string, Check>> = {
  'egress is set, replaced and deleted': async ({ backend: { egress }, place, intent }) => {
    expect(await egress.find(place)).toBeUndefined()
    await egress.set(intent, place, { mode: 'open', domains: [] })
    await egress.set(intent, place, { mode: 'restricted', domains: ['acme.com'] })
    expect(await egress.find(place)).toEqual({ mode: 'restricted', domains: ['acme.com'], ours: true })
    await egress.delete(intent, place)
    await egress.delete(intent, place)
    expect(await egress.find(place)).toBeUndefined()
  },
}

/** What every backend promises of disks. */
export const diskChecks: Readonly<Record<string, Check>> = {
  'a disk is made once, and made again it is another': async ({ backend: { disks }, place, intent }) => {
    const made = await disks.create(intent, place, identityLabels(place))
    expect(made).toMatchObject({ zone: place.zone, ours: true, attached: false })
    expect(await disks.create(intent, place, identityLabels(place))).toEqual(made)
    await disks.delete(intent, place)
    await disks.delete(intent, place)
    expect(await disks.find(place)).toBeUndefined()
    expect((await disks.create(intent, place, identityLabels(place))).id).not.toBe(made.id)
  },
  'a disk has the labels it was given last': async ({ backend: { disks }, place, intent }) => {
    await expect(disks.label(intent, place, identityLabels(place))).rejects.toSatisfy(isNotFound)
    await disks.create(intent, place, { ...identityLabels(place), team: 'red' })
    expect(await disks.find(place)).toMatchObject({ labels: { ...identityLabels(place), team: 'red' } })
    await disks.label(intent, place, { ...identityLabels(place), cost: '7' })
    const found = await disks.find(place)
    expect(found).toMatchObject({ ours: true, labels: { ...identityLabels(place), cost: '7' } })
    expect(found?.labels).not.toHaveProperty('team')
  },
}

const small: Readonly<Record<string, Check>> = {
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
