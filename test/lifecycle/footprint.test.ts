import { expect, test } from 'vitest'
import { agentLabels, labelsHash } from '../../shared/documents/labels.ts'
import type { AgentStatus } from '../../shared/documents/status.ts'
import { agentSteps } from '../../shared/documents/topics.ts'
import { driftOf, NOTHING } from '../../shared/lifecycle/footprint.ts'
import type { Footprint } from '../../shared/lifecycle/footprint.ts'
import { AGENT_REF, aReadyStatus, aSpec, aStatus, NOW_MS } from '../fakes/builders.ts'

const PLACED = { zones: 'us-east4-a', labels: undefined }
const RUNNING = { ...PLACED, id: 'machine-1', running: true }
const STILL = { ...RUNNING, running: false }
const WHOLE: Footprint = { ...NOTHING, account: true, disk: PLACED, machine: RUNNING }
const { uid, planeUid } = AGENT_REF
const LABELS = agentLabels({ planeUid, uid }, 'ada@acme.com', { team: 'red' })
const accepted = aSpec({ labels: { team: 'red' } })
const labelled = aReadyStatus({ accepted })
const right = { ...PLACED, labels: labelsHash(LABELS) }
const wrong = { ...PLACED, labels: labelsHash({ ...LABELS, team: 'blue' }) }
const pinned = { ...aReadyStatus().pinned, zone: 'us-east4-a', left: ['us-east4-b'] } as NonNullable<
  AgentStatus['pinned']
>
const moved = aReadyStatus({ pinned })
const goneStatus = aStatus({
  target: 'absent',
  steps: Object.fromEntries(agentSteps.map((step) => [step, { state: 'gone', attempt: 1, sinceMs: NOW_MS - 60_000 }])),
})
const parked = aReadyStatus({ target: 'parked' })
const restricted = aReadyStatus()
const rule: AgentStatus = { ...restricted, resources: { ...restricted.resources, egress: { rule: true } } }
const twoSecrets: AgentStatus = { ...restricted, resources: { ...restricted.resources, secrets: { count: 2 } } }

const TABLE: readonly (readonly [title: string, status: AgentStatus, seen: Partial<Footprint>, drift: string])[] = [
  ['an agent that is as recorded', aReadyStatus(), {}, ''],
  ['an account that is gone', aReadyStatus(), { account: false }, 'identity: the account is gone'],
  ['an account that is disabled', aReadyStatus(), { accountDisabled: true }, 'identity: the account is disabled'],
  ['a disk that is gone', aReadyStatus(), { disk: undefined }, 'disk: the data disk is gone'],
  ['a secret that is gone', twoSecrets, { secrets: 1 }, 'secrets: 1 of 2 secrets are there'],
  ['a secret too many', aReadyStatus(), { secrets: 1 }, 'secrets: 1 of 0 secrets are there'],
  ['a rule that is gone', rule, {}, 'egress: the egress rule is gone'],
  ['a rule that is there', rule, { egress: true }, ''],
  ['a rule too many', aReadyStatus(), { egress: true }, 'egress: an egress rule is there that nobody asked for'],
  ['a machine that is gone', aReadyStatus(), { machine: undefined }, 'machine: the machine is gone'],
  [
    'another machine',
    aReadyStatus(),
    { machine: { ...RUNNING, id: 'm2' } },
    'machine: another machine stands in its place',
  ],
  ['a machine that stands still', aReadyStatus(), { machine: STILL }, 'machine: the machine does not run'],
  ['a stopped agent that runs', parked, {}, 'machine: the machine runs although it is stopped'],
  ['a stopped agent that stands still', parked, { machine: STILL }, ''],
  ['a stopped agent without a machine', parked, { machine: undefined }, ''],
  ['labels that are as wanted', labelled, { disk: right, machine: { ...RUNNING, labels: right.labels } }, ''],
  ['secrets labelled as wanted', { ...twoSecrets, accepted }, { secrets: 2, secretLabels: [right.labels] }, ''],
  [
    'labels of one secret of two',
    { ...twoSecrets, accepted },
    { secrets: 2, secretLabels: [right.labels, wrong.labels] },
    'secrets: the labels of a secret were changed',
  ],
  ['a disk of which snapshots are made', aReadyStatus(), { disk: { ...PLACED, scheduled: true } }, ''],
  [
    'a disk of which no snapshots are made',
    aReadyStatus(),
    { disk: { ...PLACED, scheduled: false } },
    'disk: no snapshots are made of the disk any more',
  ],
  [
    'labels that somebody changed',
    labelled,
    { disk: wrong, machine: { ...RUNNING, labels: wrong.labels } },
    'disk: the labels of the disk were changed, machine: the labels of the machine were changed',
  ],
  [
    'labels of a stopped machine',
    { ...labelled, target: 'parked' },
    { machine: { ...STILL, labels: wrong.labels } },
    'machine: the labels of the machine were changed',
  ],
  ['an agent that moved, as recorded', moved, {}, ''],
  [
    'a disk in the zone that its agent left',
    moved,
    { disk: { ...PLACED, zones: 'us-east4-b' } },
    'disk: the disk stands in us-east4-b, not in us-east4-a alone',
  ],
  [
    'a second machine in the zone that its agent left',
    moved,
    { machine: { ...RUNNING, zones: 'us-east4-a us-east4-b' } },
    'machine: the machine stands in us-east4-a and us-east4-b, not in us-east4-a alone',
  ],
  ['a copy in a zone that its agent never was in', moved, { disk: { ...PLACED, zones: 'us-east4-a us-east4-c' } }, ''],
  ['a backend that lists no zones', moved, { disk: { ...PLACED, zones: '' } }, ''],
  ['a removed agent that left nothing', goneStatus, NOTHING, ''],
  [
    'a removed agent that is all there again',
    goneStatus,
    { egress: true, secrets: 1 },
    'identity: the account is there again, disk: the disk is there again, secrets: secrets are there again, egress: the egress rule is there again, machine: the machine is there again',
  ],
]

test.each(TABLE)('%s drifted so', (_, status, seen, drift) => {
  const found = driftOf(status, { ...WHOLE, ...seen }, NOW_MS)
  expect(found.map(({ step, message }) => `${step}: ${message}`).join(', ')).toBe(drift)
})

test('what was recorded after the listing began is not judged by it', () => {
  expect(driftOf(aReadyStatus(), NOTHING, NOW_MS - 60_000)).toEqual([])
  expect(driftOf(aReadyStatus(), NOTHING, NOW_MS - 59_999).map(({ step }) => step)).toEqual([
    'identity',
    'disk',
    'machine',
  ])
})

test('what is under way, has failed or is only held is not judged', () => {
  const status = aReadyStatus({
    steps: { machine: { state: 'doing', attempt: 1 }, disk: { state: 'failed', attempt: 9 } },
  })
  expect(driftOf(status, { ...NOTHING, account: true }, NOW_MS)).toEqual([])
  const kept = { ...goneStatus, steps: { ...goneStatus.steps, disk: { state: 'held', attempt: 1 } as const } }
  expect(driftOf(kept, { ...NOTHING, disk: PLACED }, NOW_MS)).toEqual([])
})
