import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { admin } from '../../infra/local/gcp/admin.ts'
import type { Options } from '../../infra/local/gcp/options.ts'
import { functionAccount } from '../../shared/documents/names.ts'
import type { Reported } from '../../shared/documents/outcome.ts'
import { ownerInOrganisation } from '../../shared/gcp/organisation.ts'
import { googleSeparation } from '../../shared/gcp/separation.ts'
import { organizationGrants, projectGrants } from '../../shared/grants/plan.ts'
import { projectRoles } from '../../shared/grants/roles.ts'
import { separationOf } from '../../shared/lifecycle/separation.ts'
import { ADMIN, grant, must, PROJECT } from './a-cloud.ts'
import { aStand } from './adapter-stand.ts'
import type { Stand } from './adapter-stand.ts'
import { CONTROL, denyPolicies, FOLDER, governed, ORG_ADMIN, ORGANIZATION } from './governed-cloud.ts'

const SWEEP = functionAccount('sweep', CONTROL)
const NUMBER = ORGANIZATION.replace('organizations/', '')

type Governed = Stand & { readonly separation: () => Promise<Reported> }

/** A project in which the functions may work; above it the sweep may read, unless it says otherwise. */
async function aGoverned(options: Options = governed(), readsAbove = true): Promise<Governed> {
  const stand = await aStand(options)
  const person = admin(stand.cloud, ADMIN)
  await person.addAccounts(CONTROL, Object.keys(projectRoles))
  await person.grant(projectGrants('demo-project', CONTROL))
  if (readsAbove) await admin(stand.cloud, ORG_ADMIN).grant(organizationGrants(NUMBER, CONTROL))
  const read = googleSeparation(stand.googleAs(SWEEP), { controlProject: CONTROL, decide: separationOf })
  return { ...stand, separation: () => read({ project: 'demo-project' }) }
}

const denyEverything = ({ as }: Governed, on: string) =>
  must(as(ORG_ADMIN), `POST ${denyPolicies(on)}?policyId=no-people`, {
    rules: [
      {
        denyRule: {
          deniedPrincipals: ['principalSet://goog/public:all'],
          deniedPermissions: [
            'secretmanager.googleapis.com/versions.access',
            'iam.googleapis.com/serviceAccountKeys.create',
            'iam.googleapis.com/serviceAccounts.*',
            ...['disks.createSnapshot', 'disks.use', 'disks.useReadOnly', 'images.create', 'machineImages.create'].map(
              (name) => `compute.googleapis.com/${name}`,
            ),
            'compute.googleapis.com/snapshots.useReadOnly',
          ],
        },
      },
    ],
  })

const dropOwners = async ({ as }: Stand): Promise<void> => {
  const send = as(ADMIN)
  const policy = await must(send, `POST /v3/${PROJECT}:getIamPolicy`, { options: { requestedPolicyVersion: 3 } })
  const bindings = (policy['bindings'] as readonly { readonly role: string }[]).filter(
    ({ role }) => role !== 'roles/owner',
  )
  await must(send, `POST /v3/${PROJECT}:setIamPolicy`, { policy: { ...policy, version: 3, bindings } })
}

/** Longer than anything that was read is believed. */
const LATER_MS = 31 * 60_000

describe('separation', () => {
  test('does not count that all accounts may add lines to logs', async () => {
    const stand = await aGoverned()
    await dropOwners(stand)
    const { cloud } = stand
    const roles = cloud.world.store.get(PROJECT).policy?.bindings.map(({ role }) => role)
    expect(roles).toContain('roles/logging.logWriter')
    expect(await stand.separation()).toMatchObject({ status: 'True' })
  })

  test('is False where the project has owners, and names them', async () => {
    const { separation } = await aGoverned()
    expect(await separation()).toEqual({
      status: 'False',
      reason: 'ProjectOwnersPresent',
      message: `could read secrets of agents: user:${ADMIN} (roles/owner on ${PROJECT})`,
    })
  })

  test('is True without them, until somebody gets a role on the folder', async () => {
    const stand = await aGoverned()
    await dropOwners(stand)
    expect(await stand.separation()).toMatchObject({ status: 'True', reason: 'NoHumanBindings' })
    await grant(stand.as(ORG_ADMIN), `/v3/${FOLDER}`, 'roles/compute.instanceAdmin.v1', 'user:jane@example.com')
    const told = await stand.separation()
    expect(told).toMatchObject({ status: 'False', reason: 'EscalationPossible' })
    expect(told.message).toContain(`user:jane@example.com (roles/compute.instanceAdmin.v1 on ${FOLDER})`)
  })

  test.each([PROJECT, FOLDER, ORGANIZATION])(
    'is True under deny policies of %s, and False when they go',
    async (on) => {
      const stand = await aGoverned()
      await denyEverything(stand, on)
      expect(await stand.separation()).toMatchObject({ status: 'True', reason: 'DenyPolicyEnforced' })
      await must(stand.as(ORG_ADMIN), `DELETE ${denyPolicies(on)}/no-people`)
      stand.clock.advance(LATER_MS)
      expect(await stand.separation()).toMatchObject({ status: 'False' })
    },
  )

  test('is Unknown while nobody let the functions read above the project, and says who can', async () => {
    const stand = await aGoverned(governed(), false)
    const told = await stand.separation()
    expect(told).toMatchObject({ status: 'Unknown', reason: 'PoliciesUnreadable' })
    expect(told.message).toContain(`the policy of ${FOLDER}`)
    expect(told.message).toContain(`the policy of ${ORGANIZATION}`)
    expect(told.message).toContain(`planes grants --organization ${NUMBER} --control-project ${CONTROL} --script`)
    expect(told.message).toContain(`user:${ADMIN}`)
    expect(await stand.separation()).toEqual(told)
  })

  test('needs nobody above a project that stands alone', async () => {
    const alone = governed()
    const projects = alone.projects.map(({ parent: _parent, ...project }) => project)
    const { separation } = await aGoverned({ ...alone, projects }, false)
    expect(await separation()).toMatchObject({ status: 'False', reason: 'ProjectOwnersPresent' })
  })

  test('is Unknown when a role cannot be read', async () => {
    const stand = await aGoverned()
    await dropOwners(stand)
    stand.cloud.world.troubles.add({ kind: 'unavailable', method: 'iam.roles.get', times: 50 })
    expect(await stand.separation()).toMatchObject({
      status: 'Unknown',
      message: expect.stringContaining('the role roles/') as string,
    })
  })

  test('reads deny policies five minutes apart, and never more than four of them a minute', async () => {
    const stand = await aGoverned()
    for (const id of ['no-one', 'no-two', 'no-three'])
      await must(stand.as(ORG_ADMIN), `POST ${denyPolicies(FOLDER)}?policyId=${id}`, { rules: [] })
    const asked = () => stand.requests.filter((line) => line.startsWith('GET /v2/policies')).length
    const counts: number[] = []
    for (let minute = 0; minute < 6; minute++) {
      const before = asked()
      await stand.separation()
      counts.push(asked() - before)
      stand.clock.advance(60_000)
    }
    expect(counts.slice(0, 2)).toEqual([4, 2])
    expect(counts.slice(2, 5)).toEqual([0, 0, 0])
  })
})

const ask = (stand: Stand, owner: string): Promise<Reported> =>
  ownerInOrganisation(stand.googleAs(functionAccount('access', CONTROL)), 'demo-project', owner)

describe('an owner', () => {
  test('of the organisation may log in', async () => {
    expect(await ask(await aGoverned(), 'ann@example.com')).toEqual({ status: 'True', reason: 'InOrganisation' })
  })

  test('from outside needs a role, by a command that works', async () => {
    const stand = await aGoverned()
    const told = await ask(stand, 'bob@other.org')
    expect(told).toMatchObject({ status: 'False', reason: 'OwnerOutsideOrganisation' })
    const command = `gcloud organizations add-iam-policy-binding ${NUMBER} --member='user:bob@other.org' --role=roles/compute.osLoginExternalUser`
    expect(told.message).toContain(command)
    await grant(stand.as(ORG_ADMIN), `/v3/${ORGANIZATION}`, 'roles/compute.osLoginExternalUser', 'user:bob@other.org')
    expect(await ask(stand, 'bob@other.org')).toEqual({ status: 'True', reason: 'ExternalUser' })
  })

  test('is one word to a shell, whatever is in the address', async () => {
    const owner = `o'$(id)\`id\`"&;@other.org`
    const { message = '' } = await ask(await aGoverned(), owner)
    const word = /--member=(.*) --role=/.exec(message)?.[1] ?? ''
    expect(execFileSync('sh', ['-c', `printf %s ${word}`]).toString()).toBe(`user:${owner}`)
  })

  test('is not told from others by an address that only ends alike', async () => {
    expect(await ask(await aGoverned(), 'eve@notexample.com')).toMatchObject({ status: 'False' })
  })

  test('is Unknown where the organisation cannot be read, with the command that may be needed', async () => {
    const told = await ask(await aGoverned(governed(), false), 'bob@other.org')
    expect(told).toMatchObject({ status: 'Unknown', reason: 'OrganisationUnreadable' })
    expect(told.message).toContain('gcloud organizations add-iam-policy-binding')
  })

  test('is Unknown while the organisation does not answer, in words that stay the same', async () => {
    const stand = await aGoverned()
    stand.cloud.world.troubles.add({ kind: 'unavailable', method: 'cloudresourcemanager.organizations.get', times: 1 })
    expect((await ask(stand, 'bob@other.org')).message).toMatch(/^it could not be read: the provider answered Unav/)
  })

  test('needs nothing where there is no organisation', async () => {
    const alone = governed()
    const projects = alone.projects.map(({ parent: _parent, ...project }) => project)
    expect(await ask(await aGoverned({ ...alone, projects }, false), 'bob@other.org')).toEqual({
      status: 'True',
      reason: 'NoOrganisation',
    })
  })
})
