import { expect, test } from 'vitest'
import { admin } from '../../infra/local/gcp/admin.ts'
import { functionAccount } from '../../shared/documents/names.ts'
import { ownerInOrganisation } from '../../shared/gcp/organisation.ts'
import { googleSeparation } from '../../shared/gcp/separation.ts'
import { organizationGrants, projectGrants } from '../../shared/grants/plan.ts'
import { organizationRoles, projectRoles } from '../../shared/grants/roles.ts'
import { separationOf } from '../../shared/lifecycle/separation.ts'
import { ADMIN, grant, must } from './a-cloud.ts'
import { aStand } from './adapter-stand.ts'
import { CONTROL, denyPolicies, FOLDER, governed, ORG_ADMIN, ORGANIZATION } from './governed-cloud.ts'

const accountOf = (name: string): string => functionAccount(name, CONTROL)

const NUMBER = ORGANIZATION.replace('organizations/', '')

test('what functions hold on the organisation is enough for all they read there, and not more', async () => {
  const { as, cloud, googleAs } = await aStand(governed())
  const person = admin(cloud, ADMIN)
  await person.addAccounts(CONTROL, Object.keys(projectRoles))
  await person.grant(projectGrants('demo-project', CONTROL))
  await admin(cloud, ORG_ADMIN).grant(organizationGrants(NUMBER, CONTROL))
  const above = as(ORG_ADMIN)
  // A role of the organisation's own can be read by nobody but its readers.
  const role = { title: 'Half', includedPermissions: ['compute.disks.createSnapshot'] }
  await must(above, `POST /v1/${ORGANIZATION}/roles`, { roleId: 'half', role })
  await grant(above, `/v3/${FOLDER}`, `${ORGANIZATION}/roles/half`, 'user:jane@example.com')
  await must(above, `POST ${denyPolicies(ORGANIZATION)}?policyId=nothing`, { rules: [] })

  const settings = { controlProject: CONTROL, decide: separationOf }
  const told = await googleSeparation(googleAs(accountOf('sweep')), settings)({ project: 'demo-project' })
  expect(told.message).toContain(`user:jane@example.com (${ORGANIZATION}/roles/half on ${FOLDER})`)
  for (const name of ['sweep', 'access'])
    expect(await ownerInOrganisation(googleAs(accountOf(name)), 'demo-project', 'bob@other.org')).toMatchObject({
      reason: 'OwnerOutsideOrganisation',
    })

  for (const [name, { permissions }] of Object.entries(organizationRoles)) {
    const { used } = cloud.world.access.usage(accountOf(name))
    expect(permissions.filter((permission) => !used.includes(permission))).toEqual([])
  }
})
