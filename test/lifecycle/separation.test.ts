import { describe, expect, test } from 'vitest'
import type { DenyRule, HeldRole, Level, SeparationFacts } from '../../shared/documents/separation.ts'
import { separationOf } from '../../shared/lifecycle/separation.ts'

const PROJECT = 'projects/agents'
const FOLDER = 'folders/2'
const ORGANIZATION = 'organizations/1'
const ANN = 'user:ann@example.com'
const EVERYBODY = 'principalSet://goog/public:all'
const SECRETS = 'serviceAccount:planes-secrets@control.iam.gserviceaccount.com'

const ROLES: Readonly<Record<string, readonly string[]>> = {
  'roles/owner': ['secretmanager.versions.access', 'resourcemanager.projects.setIamPolicy', 'compute.instances.list'],
  'roles/viewer': ['compute.instances.list', 'secretmanager.secrets.list'],
  'roles/iam.securityReviewer': ['resourcemanager.projects.getIamPolicy'],
  'roles/secretmanager.secretAccessor': ['secretmanager.versions.access'],
  'roles/iam.serviceAccountTokenCreator': ['iam.serviceAccounts.getAccessToken', 'iam.serviceAccounts.signJwt'],
  'roles/compute.osAdminLogin': ['compute.instances.osAdminLogin'],
  'roles/compute.serviceAgent': ['compute.instances.create', 'iam.serviceAccounts.getAccessToken'],
  'roles/editor': ['compute.instances.create', 'iam.serviceAccounts.actAs'],
  'roles/resourcemanager.organizationAdmin': ['resourcemanager.organizations.setIamPolicy'],
  'projects/agents/roles/planesSecrets': ['secretmanager.secrets.create', 'secretmanager.secrets.setIamPolicy'],
  'projects/agents/roles/handmade': ['iam.roles.update'],
  'projects/agents/roles/copies': ['compute.snapshots.setIamPolicy'],
}

const held = (role: string, ...members: readonly string[]): HeldRole => ({ role, members })

const level = (resource: string, ...bindings: readonly HeldRole[]): Level => ({ resource, bindings, denials: [] })

const facts = (levels: readonly Level[], changes: Partial<SeparationFacts> = {}): SeparationFacts => ({
  levels,
  permissions: new Map(Object.entries(ROLES).map(([role, permissions]) => [role, new Set(permissions)])),
  trusted: new Map([[SECRETS, new Set(ROLES['projects/agents/roles/planesSecrets'])]]),
  unread: [],
  unreadDenials: [],
  ...changes,
})

describe('a role that leads to a secret', () => {
  test.each([
    ['roles/owner', 'ProjectOwnersPresent'],
    ['roles/secretmanager.secretAccessor', 'EscalationPossible'],
    ['roles/iam.serviceAccountTokenCreator', 'EscalationPossible'],
    ['roles/compute.osAdminLogin', 'EscalationPossible'],
    ['projects/agents/roles/handmade', 'EscalationPossible'],
    ['projects/agents/roles/copies', 'EscalationPossible'],
  ])('%s counts on a project, its folder and its organisation, and names who holds it', (role, reason) => {
    for (const resource of [PROJECT, FOLDER]) {
      const told = separationOf(facts([level(PROJECT), level(resource, held(role, ANN))]))
      expect(told).toMatchObject({ status: 'False', reason })
      expect(told.message).toContain(`${ANN} (${role} on ${resource})`)
    }
  })

  test.each(['roles/owner', 'roles/secretmanager.secretAccessor'])('%s counts on the organisation', (role) => {
    expect(separationOf(facts([level(ORGANIZATION, held(role, ANN))]))).toMatchObject({ status: 'False' })
  })

  test.each([
    'group:admins@example.com',
    'domain:example.com',
    'allUsers',
    'serviceAccount:123-compute@developer.gserviceaccount.com',
    'serviceAccount:ci@elsewhere.iam.gserviceaccount.com',
    'serviceAccount:ap-aaaaaaaaaa-bbbbbbbbbb@agents.iam.gserviceaccount.com',
    'principalSet://iam.googleapis.com/locations/global/workforcePools/pool/*',
  ])('counts whoever holds it: %s', (member) => {
    expect(separationOf(facts([level(PROJECT, held('roles/editor', member))]))).toMatchObject({ status: 'False' })
  })
})

describe('nobody who counts', () => {
  test.each<[string, readonly HeldRole[]]>([
    ['no binding at all', []],
    ['roles that only look', [held('roles/viewer', ANN), held('roles/iam.securityReviewer', ANN)]],
    ['a deleted person', [held('roles/owner', 'deleted:user:ann@example.com?uid=1')]],
    ['a function in the role made for it', [held('projects/agents/roles/planesSecrets', SECRETS)]],
    [
      "Google's own accounts",
      [
        held('roles/compute.serviceAgent', 'serviceAccount:service-1@compute-system.iam.gserviceaccount.com'),
        held('roles/editor', 'serviceAccount:1@cloudservices.gserviceaccount.com'),
      ],
    ],
  ])('is True with %s', (_, bindings) => {
    expect(separationOf(facts([level(PROJECT, ...bindings)]))).toMatchObject({
      status: 'True',
      reason: 'NoHumanBindings',
    })
  })

  test('is True, and says so, with somebody who only administers policies of the organisation', () => {
    const told = separationOf(
      facts([level(PROJECT), level(ORGANIZATION, held('roles/resourcemanager.organizationAdmin', ANN))]),
    )
    expect(told).toMatchObject({ status: 'True', message: expect.stringContaining(ANN) as string })
  })

  test.each([
    ['a function with more than it needs', held('roles/secretmanager.secretAccessor', SECRETS)],
    [
      'an account that only looks like one of Google',
      held('roles/owner', 'serviceAccount:service-1@gcp-sa-x.iam.gserviceaccount.com'),
    ],
  ])('is False with %s', (_, binding) => {
    expect(separationOf(facts([level(PROJECT, binding)]))).toMatchObject({ status: 'False' })
  })

  test('is False once the role of a function has more in it', () => {
    const role = 'projects/agents/roles/planesSecrets'
    const permissions = new Map([[role, new Set([...(ROLES[role] ?? []), 'secretmanager.versions.access'])]])
    expect(separationOf(facts([level(PROJECT, held(role, SECRETS))], { permissions }))).toMatchObject({
      status: 'False',
    })
  })
})

const SHUT = [
  'secretmanager.googleapis.com/versions.access',
  'iam.googleapis.com/serviceAccountKeys.create',
  'iam.googleapis.com/serviceAccounts.*',
  'compute.googleapis.com/disks.createSnapshot',
  'compute.googleapis.com/disks.use',
  'compute.googleapis.com/disks.useReadOnly',
  'compute.googleapis.com/images.create',
  'compute.googleapis.com/machineImages.create',
  'compute.googleapis.com/snapshots.useReadOnly',
]

/** An owner under these deny rules of the organisation. */
const under = (...denials: readonly DenyRule[]): SeparationFacts =>
  facts([level(PROJECT, held('roles/owner', ANN)), { ...level(ORGANIZATION), denials }])

const rule = (changes: Partial<DenyRule> = {}): DenyRule => ({
  deniedPrincipals: [EVERYBODY],
  deniedPermissions: SHUT,
  ...changes,
})

describe('deny policies', () => {
  test('that shut every way make it True', () => {
    expect(separationOf(under(rule()))).toMatchObject({ status: 'True', reason: 'DenyPolicyEnforced' })
  })

  test.each(SHUT.map((_, index) => index))('leave it False with way %i open', (index) => {
    const deniedPermissions = SHUT.toSpliced(index, 1)
    expect(separationOf(under(rule({ deniedPermissions })))).toMatchObject({ status: 'False' })
  })

  test('may shut the ways in several policies', () => {
    const [first, second] = [SHUT.slice(0, 3), SHUT.slice(3)]
    expect(separationOf(under(rule({ deniedPermissions: first }), rule({ deniedPermissions: second })))).toMatchObject({
      status: 'True',
    })
  })

  test.each<[string, Partial<DenyRule>, string]>([
    ['name the person', { deniedPrincipals: ['principal://goog/subject/ann@example.com'] }, 'True'],
    ['name somebody else', { deniedPrincipals: ['principal://goog/subject/bob@example.com'] }, 'False'],
    [
      'name a group, whose members nobody told us',
      { deniedPrincipals: ['principalSet://goog/group/g@x.com'] },
      'False',
    ],
    ['except the person', { exceptionPrincipals: ['principal://goog/subject/Ann@example.com'] }, 'False'],
    ['except somebody else', { exceptionPrincipals: ['principal://goog/subject/bob@example.com'] }, 'True'],
    [
      'except a group that may hold the person',
      { exceptionPrincipals: ['principalSet://goog/group/g@x.com'] },
      'False',
    ],
    ['except everybody', { exceptionPrincipals: [EVERYBODY] }, 'False'],
    [
      "except a project's accounts",
      { exceptionPrincipals: ['principalSet://cloudresourcemanager.googleapis.com/projects/7/type/ServiceAccount'] },
      'True',
    ],
    [
      'except one account',
      {
        exceptionPrincipals: [`principal://iam.googleapis.com/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com`],
      },
      'True',
    ],
    ['except a permission', { exceptionPermissions: ['secretmanager.googleapis.com/versions.*'] }, 'False'],
    ['hold under a condition only', { denialCondition: { expression: 'resource.matchTag("a/b", "c")' } }, 'False'],
  ])('that %s', (_, changes, status) => {
    expect(separationOf(under(rule(changes)))).toMatchObject({ status })
  })

  test('that except a person do not bind a group the person may be in', () => {
    const exceptionPrincipals = ['principal://goog/subject/bob@example.com']
    const denials = [rule({ exceptionPrincipals })]
    const levels = [{ ...level(PROJECT, held('roles/owner', 'group:g@example.com')), denials }]
    expect(separationOf(facts(levels))).toMatchObject({ status: 'False' })
  })

  test('need to shut no more than a role opens', () => {
    const denials = [rule({ deniedPermissions: ['secretmanager.googleapis.com/versions.access'] })]
    const levels = [{ ...level(PROJECT, held('roles/secretmanager.secretAccessor', ANN)), denials }]
    expect(separationOf(facts(levels))).toMatchObject({ status: 'True', reason: 'DenyPolicyEnforced' })
  })
})

describe('what could not be read', () => {
  test.each([
    ['with nobody found', level(PROJECT)],
    ['with an owner found', level(PROJECT, held('roles/owner', ANN))],
  ])('makes it Unknown and is named, %s', (_, first) => {
    const told = separationOf(facts([first], { unread: ['the policy of folders/2 (denied)'] }))
    expect(told).toMatchObject({ status: 'Unknown', reason: 'PoliciesUnreadable' })
    expect(told.message).toContain('the policy of folders/2 (denied)')
    expect(told.message?.includes(ANN)).toBe(first.bindings.length > 0)
  })

  test('of deny policies matters only where somebody needs one', () => {
    const unreadDenials = ['deny policies of organizations/1']
    expect(separationOf(facts([level(PROJECT)], { unreadDenials }))).toMatchObject({ status: 'True' })
    const owned = [level(PROJECT, held('roles/owner', ANN))]
    expect(separationOf(facts(owned, { unreadDenials }))).toMatchObject({ status: 'Unknown' })
    expect(separationOf({ ...under(rule()), unreadDenials })).toMatchObject({ status: 'True' })
  })
})

test('many members make a message of bounded length', () => {
  const members = Array.from({ length: 50 }, (_, index) => `user:person-${index}@example.com`)
  const told = separationOf(facts([level(PROJECT, held('roles/owner', ...members))]))
  expect(told.message).toContain('and 42 more')
})
