import { expect, test } from 'vitest'
import { PlaneSpec } from '../../shared/documents/plane.ts'
import { accepted, refused, verdictOn } from './table.ts'
import type { FieldRow } from './table.ts'

const BASE = { createdAt: '2026-01-01T00:00:00Z', project: 'acme-project', region: 'us-east4' }

const TABLE: readonly FieldRow[] = [
  {
    field: 'createdAt',
    accepted: ['2026-01-01T00:00:00.000001Z'],
    refused: [
      [undefined, 'createdAt is missing'],
      ['soon', 'createdAt must be a timestamp'],
    ],
  },
  {
    field: 'project',
    accepted: ['acme-project', 'a12345', `a${'b'.repeat(29)}`],
    refused: [
      [undefined, 'project is missing'],
      ['acme', 'project must be a Google Cloud project id'],
      ['Acme-project', 'project must be a Google Cloud project id'],
      ['1acme-project', 'project must be a Google Cloud project id'],
      ['acme-project-', 'project must be a Google Cloud project id'],
      [`a${'b'.repeat(30)}`, 'project must be a Google Cloud project id'],
    ],
  },
  {
    field: 'region',
    accepted: ['us-east4', 'europe-west12', 'northamerica-northeast1'],
    refused: [
      [undefined, 'region is missing'],
      ['us-east4-a', 'region must be a region such as'],
      ['nowhere', 'region must be a region such as'],
    ],
  },
  {
    field: 'zones',
    accepted: [undefined, [], ['us-east4-a', 'us-east4-b']],
    refused: [
      [['us-east4'], 'zones.0 must be a zone such as'],
      ['us-east4-a', 'zones must be array, not string'],
      [Array.from({ length: 11 }, () => 'us-east4-a'), 'zones must have <=10 items'],
    ],
  },
  {
    field: 'backend',
    accepted: [undefined, 'vm', 'kubernetes', 'process'],
    refused: [['VM', 'backend must be one of']],
  },
  {
    field: 'defaults',
    accepted: [
      undefined,
      {},
      { machineType: 'e2-small', openclawVersion: '2026.9.6', egress: { mode: 'restricted', domains: [] } },
    ],
    refused: [
      [{ machineType: 'e2-micro' }, 'defaults.machineType must be e2-small or larger'],
      [{ openclawVersion: 'latest' }, 'defaults.openclawVersion must be a release'],
      [{ egress: { mode: 'shut' } }, 'defaults.egress.mode must be one of'],
      [{ owner: 'ada@acme.com' }, 'defaults.owner is not a known field'],
    ],
  },
  {
    field: 'allowedDomains',
    accepted: [undefined, [], ['acme.com', 'sub.acme.co.uk']],
    refused: [
      [['@acme.com'], 'allowedDomains.0 must be a domain'],
      [['acme.com', '*.acme.com'], 'allowedDomains.1 must be a domain'],
      ['acme.com', 'allowedDomains must be array, not string'],
    ],
  },
  {
    field: 'retentionDays',
    accepted: [undefined, 0, 365],
    refused: [
      [-1, 'retentionDays must be >=0'],
      [366, 'retentionDays must be <=365'],
      [1.5, 'retentionDays must be int, not number'],
      ['7', 'retentionDays must be number, not string'],
    ],
  },
  {
    field: 'orphans',
    accepted: [undefined, 'remove', 'report'],
    refused: [['keep', 'orphans must be one of "remove"|"report"']],
  },
  {
    field: 'budgetUsdPerMonth',
    accepted: [undefined, 12.5],
    refused: [
      [0, 'budgetUsdPerMonth must be >0'],
      [1e9, 'budgetUsdPerMonth must be <=1000000'],
    ],
  },
  {
    field: 'desiredState',
    accepted: [undefined, 'running', 'removed'],
    refused: [['stopped', 'desiredState must be one of']],
  },
  {
    field: 'retry',
    accepted: [undefined, 0, 3],
    refused: [
      [-1, 'retry must be >=0'],
      ['3', 'retry must be number, not string'],
    ],
  },
]

test('the table speaks of every field', () => {
  expect(TABLE.map(({ field }) => field).toSorted()).toEqual(Object.keys(PlaneSpec.shape).toSorted())
})

test.each(accepted(TABLE))('%s may be %j', (field, value) => {
  expect(verdictOn(PlaneSpec, { ...BASE, [field]: value })).toBe('ok')
})

test.each(refused(TABLE))('%s may not be %j', (field, value, said) => {
  const verdict = verdictOn(PlaneSpec, { ...BASE, [field]: value })
  expect(verdict.slice(0, said.length)).toBe(said)
})

test('a field that is not known is named', () => {
  expect(verdictOn(PlaneSpec, { ...BASE, owner: 'ada@acme.com' })).toBe('owner is not a known field')
})
