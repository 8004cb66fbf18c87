import { expect, test } from 'vitest'
import { projectRoles, roleId } from '../../shared/grants/roles.ts'
import { googleInventory } from '../../shared/gcp/compute/inventory.ts'
import { googleCapacity } from '../../shared/gcp/plane/capacity.ts'
import { googleNetwork } from '../../shared/gcp/plane/network.ts'
import { missingServices } from '../../shared/gcp/plane/services.ts'
import { email, grant, must, PROJECT } from './a-cloud.ts'
import { aStand, INTENT, PLACE } from './adapter-stand.ts'
import { NAME, PARTS } from './plane-stand.ts'

/** What the function looks at grants with. */
const GRANTS = /^(?:iam\.roles|resourcemanager\.projects)\./

const again = (op: string) => ({ ...INTENT, op })

test('the role of the function that makes networks is enough for all it does, and not more', async () => {
  const { send, googleAs, cloud } = await aStand()
  const { permissions, title } = projectRoles['plane'] ?? { permissions: [], title: '' }
  await must(send, `POST /v1/${PROJECT}/serviceAccounts`, { accountId: 'planes-plane' })
  await must(send, `POST /v1/${PROJECT}/roles`, {
    roleId: roleId('plane'),
    role: { title, includedPermissions: permissions },
  })
  await grant(send, `/v1/${PROJECT}`, `${PROJECT}/roles/${roleId('plane')}`, `serviceAccount:${email('planes-plane')}`)
  const google = googleAs(email('planes-plane'))
  const network = googleNetwork(google)
  expect(await missingServices(google, PLACE)).toEqual([])
  const place = { ...PLACE, machineType: 'e2-medium' }
  await googleCapacity(google, { ssdGb: 30, accountsPerProject: 100 })(place)
  await network.createNetwork(INTENT, PLACE)
  const policy = `${PARTS['firewall policy']}/${NAME}`
  const { fingerprint = '' } = await must(send, `GET ${PARTS.subnetwork}/${NAME}`)
  await must(send, `PATCH ${PARTS.subnetwork}/${NAME}`, { logConfig: { enable: false }, fingerprint })
  await must(send, `POST ${PARTS.subnetwork}/${NAME}/setPrivateIpGoogleAccess`, { privateIpGoogleAccess: false })
  await must(send, `PATCH ${PARTS.router}/${NAME}`, { nats: [] })
  await must(send, `PATCH ${PARTS.network}/${NAME}`, {
    networkFirewallPolicyEnforcementOrder: 'AFTER_CLASSIC_FIREWALL',
  })
  await must(send, `PATCH ${PARTS['snapshot schedule']}/${NAME}`, {
    snapshotSchedulePolicy: { schedule: { dailySchedule: { daysInCycle: 1, startTime: '05:00' } } },
  })
  await must(send, `POST ${policy}/patchRule?priority=210`, { action: 'allow' })
  await must(send, `POST ${policy}/patchRule?priority=110`, { disabled: true })
  await must(send, `POST ${policy}/removeRule?priority=100`)
  await network.createNetwork(again('op2'), PLACE)
  expect(await network.findNetwork(PLACE)).toMatchObject({ missing: [] })
  for await (const items of googleInventory(google).list(PLACE)) expect(items).toEqual([])
  await network.deleteNetwork(again('op3'), PLACE)
  expect(await network.findNetwork(PLACE)).toBeUndefined()
  const { granted, used } = cloud.world.access.usage(email('planes-plane'))
  expect(granted.filter((permission) => !used.includes(permission) && !GRANTS.test(permission))).toEqual([])
})
