import { describe, expect, test } from 'vitest'
import { email, grant, must, PROJECT } from './a-cloud.ts'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import { identityLabels } from '../../shared/documents/labels.ts'
import { PLACE } from './adapter-stand.ts'
import {
  aComputeStand,
  anAttempt,
  aRunningMachine,
  computePorts,
  MACHINE_PATH,
  told,
  changesOf,
  shown,
} from './compute-stand.ts'
import type { ComputeStand } from './compute-stand.ts'

describe('a change of metadata', () => {
  test('keeps what others have written', async () => {
    const stand = await aComputeStand()
    const id = await aRunningMachine(stand)
    const { metadata } = await shown(stand)
    const { items, fingerprint } = metadata as { readonly items: readonly JsonObject[]; readonly fingerprint: string }
    const others = [...items, { key: 'somebody', value: 'else' }]
    await must(stand.send, `POST ${MACHINE_PATH}/setMetadata`, { fingerprint, items: others })
    await stand.ports.machines.configure(anAttempt('one'), PLACE, id, told('g2'))
    const after = (await shown(stand))['metadata'] as { readonly items: readonly JsonObject[] }
    expect(after.items).toContainEqual({ key: 'somebody', value: 'else' })
    expect(after.items).toHaveLength(others.length)
    expect(await stand.ports.machines.find(PLACE)).toMatchObject({ generation: 'g2', restart: 0 })
  })

  test('closes what somebody has opened', async () => {
    const stand = await aComputeStand()
    const id = await aRunningMachine(stand)
    const { metadata } = await shown(stand)
    const { items, fingerprint } = metadata as { readonly items: readonly JsonObject[]; readonly fingerprint: string }
    const opened = items.map((item) => (item['key'] === 'serial-port-enable' ? { ...item, value: 'TRUE' } : item))
    await must(stand.send, `POST ${MACHINE_PATH}/setMetadata`, { fingerprint, items: opened })
    expect(await stand.ports.machines.find(PLACE)).toMatchObject({ generation: '' })
    await stand.ports.machines.configure(anAttempt('one'), PLACE, id, told('g1'))
    expect(await stand.ports.machines.find(PLACE)).toMatchObject({ generation: 'g1' })
    expect(JSON.stringify((await shown(stand))['metadata'])).toContain('"serial-port-enable","value":"FALSE"')
  })

  test.each([
    [
      'setMetadata',
      (stand: ComputeStand, id: string) => stand.ports.machines.configure(anAttempt('one'), PLACE, id, told('g2')),
    ],
    [
      'setLabels',
      (stand: ComputeStand, id: string) =>
        stand.ports.machines.label(anAttempt('one'), PLACE, id, { ...identityLabels(PLACE), a: 'b' }),
    ],
  ])('by %s that is stale is read and written again, three times at most', async (verb, change) => {
    const stand = await aComputeStand()
    const id = await aRunningMachine(stand)
    const method = `compute.instances.${verb}`
    stand.cloud.world.troubles.add({ kind: 'staleEtag', method, times: 2 })
    const made = await changesOf(stand, () => change(stand, id))
    expect(made.filter((line) => line.includes(`/instances/`))).toHaveLength(3)
    const { labels } = await shown(stand)
    const unlike = { ...told('g3') }
    stand.cloud.world.troubles.add({ kind: 'staleEtag', method, times: 3 })
    const again =
      verb === 'setLabels'
        ? stand.ports.machines.label(anAttempt('two'), PLACE, id, { ...identityLabels(PLACE), c: 'd' })
        : stand.ports.machines.configure(anAttempt('two'), PLACE, id, unlike)
    await expect(again).rejects.toMatchObject({ kind: 'Conflict' })
    expect((await shown(stand))['labels']).toEqual(labels)
    expect((await stand.ports.machines.find(PLACE))?.generation).not.toBe('g3')
  })

  test('waits while the right to act as the machine’s account is on its way', async () => {
    const stand = await aComputeStand()
    const id = await aRunningMachine(stand)
    const { serviceAccounts } = (await shown(stand)) as { readonly serviceAccounts: readonly { email: string }[] }
    const account = `/v1/${PROJECT}/serviceAccounts/${serviceAccounts[0]?.email ?? ''}`
    await must(stand.send, `POST ${account}:setIamPolicy`, { policy: { bindings: [] } })
    const machine = 'planes-machine'
    await grant(stand.send, `/v1/${PROJECT}`, 'roles/compute.instanceAdmin.v1', `serviceAccount:${email(machine)}`)
    const { machines } = computePorts(stand.googleAs(email(machine)))
    await expect(machines.configure(anAttempt('one'), PLACE, id, told('g2'))).rejects.toMatchObject({
      kind: 'Propagating',
    })
  })

  test('that changes nothing writes nothing', async () => {
    const stand = await aComputeStand()
    const id = await aRunningMachine(stand)
    const { machines } = stand.ports
    const same = await changesOf(stand, async () => {
      await machines.configure(anAttempt('one'), PLACE, id, told('g1'))
      await machines.label(anAttempt('two'), PLACE, id, identityLabels(PLACE))
      await machines.start(anAttempt('three'), PLACE, id, 0)
    })
    expect(same).toEqual([])
  })

  test('too large for Compute Engine is refused before it is sent', async () => {
    const stand = await aComputeStand()
    const id = await aRunningMachine(stand)
    const large = { generation: 'g2', openclaw: 'x'.repeat(256 * 1024) }
    const refused = stand.ports.machines.configure(anAttempt('one'), PLACE, id, large)
    await expect(refused).rejects.toMatchObject({
      kind: 'Invalid',
      message: expect.stringContaining('ap-configuration'),
    })
  })
})

test('labels of Google’s own stay beside ours', async () => {
  const stand = await aComputeStand()
  const id = await aRunningMachine(stand)
  const { labelFingerprint, labels } = await shown(stand)
  const entry = stand.cloud.world.store.find(MACHINE_PATH.replace('/compute/v1/', ''))
  if (entry === undefined) throw new Error('the machine is not in the store')
  expect(labelFingerprint).toBeDefined()
  const goog = { ...(labels as JsonObject), 'goog-ops-agent-policy': 'v2' }
  stand.cloud.world.store.put({ ...entry, body: { ...entry.body, labels: goog } })
  await stand.ports.machines.label(anAttempt('one'), PLACE, id, { ...identityLabels(PLACE), team: 'red' })
  expect((await shown(stand))['labels']).toEqual({
    ...identityLabels(PLACE),
    team: 'red',
    'goog-ops-agent-policy': 'v2',
  })
})
