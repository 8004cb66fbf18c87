import { describe, expect, test } from 'vitest'
import { admin } from '../../infra/local/gcp/admin.ts'
import { functionAccount } from '../../shared/documents/names.ts'
import { missingGrants } from '../../shared/gcp/grants.ts'
import { projectGrants } from '../../shared/grants/plan.ts'
import { organizationRoles, projectRoles, roleId } from '../../shared/grants/roles.ts'
import { ADMIN, must, PROJECT } from './a-cloud.ts'
import { aStand } from './adapter-stand.ts'
import type { Stand } from './adapter-stand.ts'
import { CONTROL, governed } from './governed-cloud.ts'

const PLACE = { project: 'demo-project' }
const PLAN = projectGrants('demo-project', CONTROL)
const PLANE = functionAccount('plane', CONTROL)

type Granted = Stand & { readonly missing: () => Promise<readonly string[]> }

async function granted(plan = PLAN): Promise<Granted> {
  const stand = await aStand(governed())
  const person = admin(stand.cloud, ADMIN)
  await person.addAccounts(CONTROL, Object.keys(projectRoles))
  await person.grant(plan)
  return { ...stand, missing: () => missingGrants(stand.googleAs(PLANE), PLACE, CONTROL) }
}

const policyPath = `/v3/${PROJECT}`

/** Takes a role away from everybody. */
async function unbind({ send }: Stand, role: string): Promise<void> {
  const policy = await must(send, `POST ${policyPath}:getIamPolicy`, { options: { requestedPolicyVersion: 3 } })
  const bindings = (policy['bindings'] as readonly { readonly role: string }[]).filter((held) => held.role !== role)
  await must(send, `POST ${policyPath}:setIamPolicy`, { policy: { ...policy, version: 3, bindings } })
}

describe('the rights of functions', () => {
  const FORBIDDEN =
    /^(?:secretmanager\.versions\.(?:access|add)|iam\.serviceAccountKeys\.|iam\.roles\.(?:create|update)|resourcemanager\..*\.setIamPolicy|iam\.serviceAccounts\.(?:getAccessToken|signJwt|signBlob|implicitDelegation|actAs)|compute\.instances\.(?:osLogin|osAdminLogin|getSerialPortOutput)|.*\*)/

  test.each(Object.entries({ ...organizationRoles, ...projectRoles }))(
    'of %s read no secret, take no identity and give no project away',
    (_, { permissions, mayGrant, predefined }) => {
      expect(permissions.filter((permission) => FORBIDDEN.test(permission))).toEqual([])
      expect(permissions).toEqual([...new Set(permissions)].toSorted())
      // Whoever writes policies is limited in which roles change hands.
      const writes = permissions.some((permission) => permission.endsWith('.setIamPolicy'))
      expect(mayGrant !== undefined).toBe(writes)
      expect(predefined ?? []).not.toContainEqual(expect.stringMatching(/owner|editor|[Aa]dmin/))
    },
  )

  test('hold of accounts, secrets and machines: who makes one kind may not make another', () => {
    const makers = ['iam.serviceAccounts.create', 'secretmanager.secrets.setIamPolicy', 'compute.instances.create'].map(
      (permission) => Object.keys(projectRoles).filter((name) => projectRoles[name]?.permissions.includes(permission)),
    )
    expect(makers).toEqual([['identity'], ['secrets'], ['machine']])
  })

  test('above a project are to look only', () => {
    const all = Object.values(organizationRoles).flatMap(({ permissions }) => permissions)
    expect(all.filter((permission) => !/\.(?:get|list|getIamPolicy)$/.test(permission))).toEqual([])
  })
})

describe('what is missing', () => {
  test('is nothing once all is granted', async () => {
    const { missing } = await granted()
    expect(await missing()).toEqual([])
  })

  test('is the role of the function that asks, before anything else', async () => {
    const stand = await granted()
    await unbind(stand, `${PROJECT}/roles/${roleId('plane')}`)
    const [first, hint] = await stand.missing()
    expect(first).toMatch(new RegExp(`^${PLANE}: .* and \\d+ more$`))
    expect(hint).toContain('planes grants --project demo-project --control-project control-project --script')
  })

  test.each(Object.keys(projectRoles).filter((name) => name !== 'plane'))('names the role of %s', async (name) => {
    const stand = await granted()
    await unbind(stand, `${PROJECT}/roles/${roleId(name)}`)
    const [first, ...rest] = await stand.missing()
    expect(first).toContain(`${functionAccount(name, CONTROL)}: ${PROJECT}/roles/${roleId(name)}`)
    expect(rest).toHaveLength(1)
  })

  test('names a permission that a role lost', async () => {
    const stand = await granted()
    const role = `/v1/${PROJECT}/roles/${roleId('machine')}`
    const { includedPermissions = [] } = await must(stand.send, `GET ${role}`)
    const left = (includedPermissions as readonly string[]).filter((held) => held !== 'compute.instances.start')
    await must(stand.send, `PATCH ${role}?updateMask=includedPermissions`, { includedPermissions: left })
    expect((await stand.missing())[0]).toBe(`${functionAccount('machine', CONTROL)}: compute.instances.start`)
  })

  test('is what the accounts of all agents hold together', async () => {
    const stand = await granted()
    await unbind(stand, 'roles/logging.logWriter')
    expect((await stand.missing())[0]).toBe(`all accounts of ${PROJECT}: roles/logging.logWriter`)
  })

  test('is a role that was deleted', async () => {
    const stand = await granted()
    await must(stand.send, `DELETE /v1/${PROJECT}/roles/${roleId('disk')}`)
    expect((await stand.missing())[0]).toMatch(/^planes-disk@/)
  })

  test('is the condition that limits what a function may grant', async () => {
    const bindings = PLAN.bindings.map(({ condition: _dropped, ...binding }) => binding)
    const { missing } = await granted({ ...PLAN, bindings })
    const lines = await missing()
    expect(lines.filter((line) => line.includes('under the condition "grants only"'))).toHaveLength(3)
  })
})
