import { expect, test } from 'vitest'
import { agentResources, planeResources } from '../../shared/commands/resources.ts'
import { aPlaneStatus, aStatus } from '../fakes/builders.ts'

const ours = 'ap-planeaaaa2'
const mine = `${ours}-adaaaaaaa2`

test('an agent lists everything that was made for it, by kind, name, id and zone', () => {
  const resources = {
    identity: { id: '107', email: `${mine}@acme-project.iam.gserviceaccount.com` },
    secrets: { count: 2, keys: 'notes openai-api-key' },
    egress: { rule: true },
    disk: { id: '5', zone: 'us-east4-b' },
    machine: { id: '7', startedAtMs: 1, generation: 'g1' },
  }
  expect(agentResources(aStatus({ resources }))).toEqual([
    { kind: 'account', name: `${mine}@acme-project.iam.gserviceaccount.com`, id: '107' },
    { kind: 'secret', name: `${mine}-notes` },
    { kind: 'secret', name: `${mine}-openai-api-key` },
    { kind: 'egress rule', name: mine },
    { kind: 'disk', name: `${mine}-data`, id: '5', zone: 'us-east4-b' },
    { kind: 'machine', name: mine, id: '7', zone: 'us-east4-a' },
  ])
})

test('an agent that was removed lists what is kept, and one that has nothing lists nothing', () => {
  const kept = { kind: 'disk', name: `${mine}-data`, id: '5', zone: 'us-east4-b' }
  expect(agentResources(aStatus({ retained: [kept] }))).toEqual([{ ...kept, kind: 'kept disk' }])
  expect(agentResources(aStatus())).toEqual([])
  expect(agentResources(aStatus({ resources: { secrets: { count: 0, keys: '' }, egress: { rule: false } } }))).toEqual(
    [],
  )
  expect(agentResources(undefined)).toEqual([])
})

test('a plane lists what its agents share, in parts where its network has parts', () => {
  const resources = { network: { id: '9' } }
  const kinds = planeResources(aPlaneStatus({ resources })).map(({ kind }) => kind)
  expect(kinds).toEqual(['network', 'subnetwork', 'router', 'NAT', 'firewall policy', 'snapshot schedule'])
  const pinned = { backend: 'process', project: 'acme-project', region: 'us-east4', zone: 'us-east4-a' } as const
  expect(planeResources(aPlaneStatus({ resources, pinned }))).toEqual([{ kind: 'network', name: ours, id: '9' }])
  expect(planeResources(aPlaneStatus())).toEqual([])
})
