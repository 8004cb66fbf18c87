import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { agentLabels, identityLabels } from '../../shared/documents/labels.ts'
import { names } from '../../shared/documents/names.ts'
import { instanceBody } from '../../shared/gcp/compute/instance-body.ts'
import { machineOf, stateOf } from '../../shared/gcp/compute/instance-read.ts'
import type { MachineWanted } from '../../shared/ports/backend.ts'
import { PLACE } from './adapter-stand.ts'
import { SETTINGS } from './compute-stand.ts'

const wanted: MachineWanted = {
  shape: { machineType: 'e2-medium', openclawVersion: '2026.9.6', accountId: '1001', diskId: '2002' },
  configuration: { generation: 'g1', openclaw: { gateway: { mode: 'local' } } },
  labels: agentLabels(PLACE, 'ada.lovelace@acme.com', { team: 'red' }),
  restart: 3,
}

const SELF = `https://www.googleapis.com/compute/v1/projects/${PLACE.project}/zones/${PLACE.zone}`
const DATA = `${SELF}/disks/${names.disk(PLACE)}`

/** The body as Compute Engine shows it later. */
const shown = (changes: Parameters<typeof machineOf>[0] = {}) => ({
  ...instanceBody(PLACE, wanted, SETTINGS),
  disks: [
    { boot: true, source: `${SELF}/disks/${names.machine(PLACE)}` },
    { deviceName: 'ap-data', source: DATA },
  ],
  id: '77',
  status: 'RUNNING',
  creationTimestamp: '2026-09-01T05:00:00.000-07:00',
  ...changes,
})

test('what a machine was asked for is read back from it', () => {
  expect(machineOf(shown(), PLACE)).toEqual({
    id: '77',
    ours: true,
    state: 'running',
    startedAtMs: Date.parse('2026-09-01T12:00:00Z'),
    shape: wanted.shape,
    labels: wanted.labels,
    generation: 'g1',
    restart: 3,
    deviations: [],
    fingerprint: shown().metadata?.fingerprint ?? '',
    script: createHash('sha256').update(SETTINGS.startupScript.text).digest('hex'),
  })
})

test.each([
  [
    'boots from another disk',
    [
      { boot: true, source: `${SELF}/disks/theirs` },
      { deviceName: 'ap-data', source: DATA },
    ],
  ],
  ['has lost its data', [{ boot: true, source: `${SELF}/disks/${names.machine(PLACE)}` }]],
])('a machine that %s is not as it was made', (_, disks) => {
  expect(machineOf(shown({ disks }), PLACE).deviations).toEqual(['it has other disks than its own'])
})

const without = (...keys: readonly string[]) => ({
  metadata: { items: (shown().metadata?.items ?? []).filter(({ key }) => !keys.includes(key ?? '')) },
})
const withEntry = (key: string, value: string) => ({
  metadata: { items: [...without(key).metadata.items, { key, value }] },
})

test.each([
  ['another account', { serviceAccounts: [{ email: 'another@acme.iam.gserviceaccount.com' }] }, { accountId: '' }],
  ['no account', { serviceAccounts: [] }, { accountId: '' }],
  ['no data disk', { disks: [] }, { diskId: '' }],
  [
    'the disk of another agent',
    { disks: [{ deviceName: 'ap-data', source: 'projects/p/zones/z/disks/ap-planeuid22-otheruid22-data' }] },
    { diskId: '' },
  ],
  ['another version', withEntry('ap-openclaw-version', '2026.1.1'), { openclawVersion: '2026.1.1' }],
  ['no record of its account', without('ap-account-id'), { accountId: '' }],
  [
    'another size',
    { machineType: 'https://www.googleapis.com/x/machineTypes/e2-standard-2' },
    { machineType: 'e2-standard-2' },
  ],
])('a machine with %s has another shape', (_, changes, shape) => {
  expect(machineOf(shown(changes), PLACE).shape).toEqual({ ...wanted.shape, ...shape })
})

test.each([
  ['whose serial port was opened', withEntry('serial-port-enable', 'TRUE')],
  ['whose OS Login was turned off', without('enable-oslogin')],
  ['whose configuration is no JSON', withEntry('ap-configuration', '{')],
  ['without a configuration', without('ap-configuration')],
])('a machine %s has to be configured again', (_, changes) => {
  expect(machineOf(shown(changes), PLACE).generation).toBe('')
})

test.each([
  ['PROVISIONING', 'starting'],
  ['STAGING', 'starting'],
  ['REPAIRING', 'starting'],
  ['RUNNING', 'running'],
  ['STOPPING', 'stopping'],
  ['SUSPENDING', 'stopping'],
  ['TERMINATED', 'stopped'],
  ['SUSPENDED', 'failed'],
  ['A_STATUS_OF_NEXT_YEAR', 'starting'],
])('an instance that is %s is %s', (status, state) => {
  expect(stateOf({ status })).toMatchObject({ state })
  expect(stateOf({ status, statusMessage: 'the host failed' }).detail).toContain('the host failed')
})

test('labels decide whose a machine is', () => {
  expect(machineOf(shown({ labels: { ...identityLabels(PLACE), 'ap-plane': 'another222' } }), PLACE).ours).toBe(false)
  expect(machineOf(shown({ labels: {} }), PLACE).ours).toBe(false)
})
