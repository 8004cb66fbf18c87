import { expect, test } from 'vitest'
import { admin } from '../../infra/local/gcp/admin.ts'
import { identityLabels } from '../../shared/documents/labels.ts'
import { functionAccount, names } from '../../shared/documents/names.ts'
import { googleLogs } from '../../shared/gcp/logs.ts'
import { vmBackend } from '../../shared/gcp/vm-backend.ts'
import { projectGrants } from '../../shared/grants/plan.ts'
import { projectRoles } from '../../shared/grants/roles.ts'
import { separationOf } from '../../shared/lifecycle/separation.ts'
import type { Backend } from '../../shared/ports/backend.ts'
import { ADMIN, compute, must, PROJECT, ZONE } from './a-cloud.ts'
import { aStand, INTENT, PLACE } from './adapter-stand.ts'
import { anAttempt, DISK_PATH, told } from './compute-stand.ts'
import { CONTROL, governed } from './governed-cloud.ts'

const LABELS = identityLabels(PLACE)
const OWNER = 'ada@example.com'
const SETTINGS = {
  image: 'projects/debian-cloud/global/images/family/debian-12',
  sources: [],
  heartbeatUrl: 'https://planes.example.com/heartbeat',
  controlProject: CONTROL,
  separation: separationOf,
  startupScript: async () => ({ text: '#!/bin/sh\n', sha256: 'a'.repeat(64) }),
}

type Functions = (name: string) => Backend

/** Brings everything of one agent about, as each function does its part. Returns the machine's id. */
async function build(by: Functions): Promise<string> {
  const { identity } = by('identity')
  const account = await identity.create(INTENT, PLACE)
  await identity.makeAttachable(INTENT, PLACE)
  await identity.setDisabled(INTENT, PLACE, true)
  await identity.setDisabled(INTENT, PLACE, false)
  const { secrets } = by('secrets')
  await secrets.create(INTENT, PLACE, 'notes', LABELS)
  await secrets.bind(INTENT, PLACE, 'notes', { reader: account.email, writer: OWNER })
  expect(await secrets.list(PLACE, ['notes'])).toMatchObject([{ readers: [account.email], writers: [OWNER] }])
  await secrets.label(INTENT, PLACE, 'notes', { ...LABELS, team: 'a' })
  const { egress } = by('egress')
  await egress.set(INTENT, PLACE, { mode: 'restricted', domains: ['example.com'] })
  await egress.set(anAttempt('op2'), PLACE, { mode: 'restricted', domains: ['example.org'] })
  const disk = await by('disk').disks.create(INTENT, PLACE, LABELS)
  const { machines } = by('machine')
  const shape = { machineType: 'e2-medium', openclawVersion: '2026.9.6', accountId: account.uniqueId, diskId: disk.id }
  await machines.insert(INTENT, PLACE, { shape, configuration: told('g1'), labels: LABELS, restart: 0 })
  const id = (await machines.find(PLACE))?.id ?? ''
  await machines.configure(anAttempt('op2'), PLACE, id, told('g2'))
  await machines.label(INTENT, PLACE, id, { ...LABELS, team: 'a' })
  await machines.stop(INTENT, PLACE, id)
  await machines.start(anAttempt('op3'), PLACE, id, 1)
  await by('access').access.grant(INTENT, PLACE, id, OWNER)
  return id
}

/** Everything that is only looked at. */
async function look(by: Functions, id: string): Promise<void> {
  expect(await by('plane').plane.missingGrants(PLACE)).toEqual([])
  expect(await by('access').access.find(PLACE, id)).toEqual([OWNER])
  await by('access').access.ownerLogin(PLACE, OWNER)
  expect(await by('channels').secrets.hasValue(PLACE, 'notes')).toBe(false)
  const { inventory, plane, exposure } = by('sweep')
  const own = { owner: OWNER, secrets: ['notes'], machineId: id }
  expect(await exposure?.(PLACE, own)).toMatchObject({
    separation: { status: 'True', reason: 'NoHumanBindings' },
    missing: [],
  })
  for await (const items of inventory.list(PLACE)) expect(items.length).toBeGreaterThan(0)
  await plane.capacity({ ...PLACE, machineType: 'e2-medium' })
  expect(await plane.findNetwork(PLACE)).toMatchObject({ ours: true, missing: [] })
  expect(await plane.separation(PLACE)).toMatchObject({ status: 'Unknown' })
}

async function takeDown(by: Functions, id: string): Promise<void> {
  await by('access').access.revoke(INTENT, PLACE)
  await by('machine').machines.delete(INTENT, PLACE, id)
  await by('disk').disks.delete(anAttempt('op4'), PLACE)
  await by('egress').egress.delete(INTENT, PLACE)
  await by('secrets').secrets.delete(INTENT, PLACE, 'notes')
  await by('identity').identity.delete(INTENT, PLACE)
}

test('the role of each function is enough for all it does, and not more', async () => {
  const { cloud, send, googleAs } = await aStand(governed())
  const person = admin(cloud, ADMIN)
  await person.addAccounts(CONTROL, Object.keys(projectRoles))
  await person.grant(projectGrants(PLACE.project, CONTROL))
  const googleOf = (name: string) => googleAs(functionAccount(name, CONTROL))
  const backends = new Map(Object.keys(projectRoles).map((name) => [name, vmBackend(googleOf(name), SETTINGS)]))
  const by: Functions = (name) => {
    const backend = backends.get(name)
    if (backend === undefined) throw new Error(`${name} has no role`)
    return backend
  }
  await by('plane').plane.createNetwork(INTENT, PLACE)
  const id = await build(by)
  await look(by, id)
  for (const name of ['api', 'slack']) await googleLogs(googleOf(name)).read(PLACE, { sinceMs: 0, limit: 10 })
  await must(send, `POST ${DISK_PATH}/createSnapshot`, { name: 'scheduled', labels: LABELS })
  const other = { ...PLACE, uid: 'agentuid23' }
  const unscheduled = { name: names.disk(other), sizeGb: '10', labels: identityLabels(other) }
  await must(send, `POST ${compute(ZONE)}/disks`, unscheduled)
  await by('disk').disks.schedule(INTENT, other)
  await takeDown(by, id)

  // What makes and mends networks has a test of its own.
  const unused = Object.entries(projectRoles)
    .filter(([name]) => name !== 'plane')
    .map(([name, { permissions }]) => {
      const { used } = cloud.world.access.usage(functionAccount(name, CONTROL))
      return [name, permissions.filter((permission) => !used.includes(permission))]
    })
  expect(Object.fromEntries(unused)).toEqual(Object.fromEntries(unused.map(([name]) => [name, []])))
  expect(cloud.world.store.list('instances', PROJECT)).toEqual([])
})
