import { Command } from 'commander'
import { expect, test } from 'vitest'
import type { Invocation } from '../../clients/cli/invocation.ts'
import { registerPlanes } from '../../clients/cli/register.ts'
import { admin } from '../../infra/local/gcp/admin.ts'
import { routes } from '../../shared/api/contract.ts'
import { functionAccount } from '../../shared/documents/names.ts'
import { missingGrants } from '../../shared/gcp/grants.ts'
import { ownerInOrganisation } from '../../shared/gcp/organisation.ts'
import { googleSeparation } from '../../shared/gcp/separation.ts'
import { organizationGrants, projectGrants } from '../../shared/grants/plan.ts'
import { projectRoles } from '../../shared/grants/roles.ts'
import { separationOf } from '../../shared/lifecycle/separation.ts'
import { compute, grant, must } from './a-cloud.ts'
import { aStand } from './adapter-stand.ts'
import type { Stand } from './adapter-stand.ts'
import { denyPolicies, governed, ORG_ADMIN, ORGANIZATION } from './governed-cloud.ts'
import { AGENTS, commands, FILLING, filledIn, guide } from './guide.ts'

const CONTROL = 'acme-control'
const OWNER = 'you@acme.com'
const ORGANIZATION_NUMBER = '123456789'

const named = (text: string): string => text.replace(ORGANIZATION, `organizations/${ORGANIZATION_NUMBER}`)

/** The cloud of the guide's examples. */
async function acme(): Promise<Stand> {
  const { containers, projects, ...options } = governed([`user:${OWNER}`])
  return aStand({
    ...options,
    containers: containers.map((container) => JSON.parse(named(JSON.stringify(container))) as typeof container),
    projects: projects.map(({ parent = '', ...project }, index) => ({
      ...project,
      projectId: index === 0 ? AGENTS : CONTROL,
      owners: [`user:${OWNER}`],
      parent: named(parent),
    })),
  })
}

/** What a command line of `planes` means. */
async function understood(words: readonly string[]): Promise<Invocation> {
  const understood: Invocation[] = []
  const program = new Command().exitOverride()
  registerPlanes(program, async (invocation) => void understood.push(invocation))
  await program.parseAsync(words, { from: 'user' })
  const [invocation] = understood
  if (invocation === undefined) throw new Error(`planes ${words.join(' ')} means nothing`)
  return invocation
}

async function planes(stand: Stand, words: readonly string[]): Promise<void> {
  const { verb, options } = await understood(words)
  if (verb === 'create') routes.createPlane.input.parse(options.fields)
  if (verb === 'add-agent') routes.addAgent.input.parse(options.fields)
  // What takes all back is run by gcloud in another test.
  if (verb !== 'grants' || !options.script || options.undo) return
  if (options.on.kind === 'organization')
    return admin(stand.cloud, ORG_ADMIN).grant(organizationGrants(options.on.id, options.controlProject))
  const person = admin(stand.cloud, OWNER)
  await person.addAccounts(options.controlProject, Object.keys(projectRoles))
  return person.grant(projectGrants(options.on.id, options.controlProject))
}

type Flags = Readonly<Record<string, string>>

const flagsOf = (words: readonly string[]): Flags =>
  Object.fromEntries(words.filter((word) => word.startsWith('--')).map((word) => word.slice(2).split(/=(.*)/s, 2)))

/** The REST call behind each gcloud command. */
const GCLOUD: Readonly<Record<string, (stand: Stand, name: string, flags: Flags) => Promise<unknown>>> = {
  'organizations add-iam-policy-binding': ({ as }, name, { member = '', role = '' }) =>
    grant(as(ORG_ADMIN), `/v3/organizations/${name}`, role, member),
  'iam roles create': ({ as }, roleId, { project = '', title = '', permissions = '' }) =>
    must(as(OWNER), `POST /v1/projects/${project}/roles`, {
      roleId,
      role: { title, includedPermissions: permissions.split(',') },
    }),
  'projects add-iam-policy-binding': ({ as }, name, { member = '', role = '' }) =>
    grant(as(OWNER), `/v3/projects/${name}`, role, member),
  'projects remove-iam-policy-binding': async ({ as }, name, { member = '', role = '' }) => {
    const send = as(OWNER)
    const policy = await must(send, `POST /v3/projects/${name}:getIamPolicy`, {
      options: { requestedPolicyVersion: 3 },
    })
    type Held = { readonly role: string; readonly members: readonly string[] }
    const bindings = (policy['bindings'] as readonly Held[]).map((held) =>
      held.role === role ? { ...held, members: held.members.filter((one) => one !== member) } : held,
    )
    await must(send, `POST /v3/projects/${name}:setIamPolicy`, { policy: { ...policy, version: 3, bindings } })
  },
  'iam policies create': async ({ as }, name, flags) => {
    const path = decodeURIComponent(flags['attachment-point'] ?? '').replace('cloudresourcemanager.googleapis.com/', '')
    const policy = await filledIn(flags['policy-file'] ?? '')
    await must(as(ORG_ADMIN), `POST ${denyPolicies(path)}?policyId=${name}`, policy)
  },
}

/** As a shell reads a word of the guide. */
const unquoted = (word: string): string => word.replace(/'([^']*)'/g, '$1')

/** Runs what a line of the guide stands for. A line that is not understood is an error of the guide or of this test. */
async function run(stand: Stand, line: string): Promise<void> {
  if (FILLING.test(line)) return
  const words = line
    .replace(/ \| sh$/, '')
    .split(' ')
    .map(unquoted)
  if (words.slice(0, 2).join(' ') === 'npx planes') return planes(stand, words.slice(2))
  const verb = Object.keys(GCLOUD).find((known) => line.startsWith(`gcloud ${known} `))
  if (verb === undefined) throw new Error(`the guide has a command that nobody tries: ${line}`)
  await GCLOUD[verb]?.(stand, words[verb.split(' ').length + 1] ?? '', flagsOf(words))
}

const conditions = (stand: Stand) => {
  const google = (name: string) => stand.googleAs(functionAccount(name, CONTROL))
  const separation = googleSeparation(google('sweep'), { controlProject: CONTROL, decide: separationOf })
  return {
    missing: () => missingGrants(google('plane'), { project: AGENTS }, CONTROL),
    separation: () => separation({ project: AGENTS }),
    login: (owner: string) => ownerInOrganisation(google('access'), AGENTS, owner),
  }
}

const isFor =
  (level: 'L1' | 'L2') =>
  (line: string): boolean =>
    /remove-iam-policy-binding/.test(line)
      ? level === 'L1'
      : /NUMBER|policies create/.test(line)
        ? level === 'L2'
        : true

test.each([
  ['L1', 'NoHumanBindings'],
  ['L2', 'DenyPolicyEnforced'],
] as const)('the commands of the guide lead to %s, and nothing is missing', async (level, reason) => {
  const stand = await acme()
  for (const line of commands.filter(isFor(level))) await run(stand, line)
  const { missing, separation, login } = conditions(stand)
  expect(await missing()).toEqual([])
  // Who reads a secret is on record, by name.
  expect(stand.cloud.world.store.get(`projects/${AGENTS}`).policy?.auditConfigs).toContainEqual({
    service: 'secretmanager.googleapis.com',
    auditLogConfigs: [{ logType: 'DATA_READ' }, { logType: 'DATA_WRITE' }],
  })
  expect(await separation()).toMatchObject({ status: 'True', reason })
  expect(await login('bob@partner.org')).toMatchObject({ status: 'True', reason: 'ExternalUser' })
  // The first thing that `gcloud compute ssh` reads.
  await must(stand.as('alice@acme.com'), `GET ${compute(`projects/${AGENTS}`)}`)
  // What making a machine from one's own image takes.
  const permissions = ['compute.images.useReadOnly']
  const images = `POST /v3/projects/${CONTROL}:testIamPermissions`
  expect(await must(stand.as(functionAccount('machine', CONTROL)), images, { permissions })).toEqual({ permissions })
})

test('the guide without its last part leads to L0, which says so', async () => {
  const stand = await acme()
  const last = guide.indexOf('## Who can read secrets')
  for (const line of commands.filter((one) => guide.indexOf(one) < last)) await run(stand, line)
  expect(await conditions(stand).separation()).toMatchObject({
    status: 'False',
    message: expect.stringContaining(OWNER) as string,
  })
})

/** Roles in a part of the guide. */
const rolesIn = (part: RegExp): readonly string[] =>
  [...(part.exec(guide)?.[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, role = '']) => role)

test('the roles that the guide asks for are enough', async () => {
  const stand = await acme()
  const helper = 'helper@acme.com'
  const above = stand.as(OWNER)
  for (const role of rolesIn(/\| the agents' project +\| (.*) \|/))
    await grant(above, `/v3/projects/${AGENTS}`, role, `user:${helper}`)
  for (const role of rolesIn(/\| the control project +\| (.*) \|/))
    await grant(above, `/v3/projects/${CONTROL}`, role, `user:${helper}`)
  const person = admin(stand.cloud, helper)
  await person.addAccounts(CONTROL, Object.keys(projectRoles))
  await person.grant(projectGrants(AGENTS, CONTROL))
  expect(await conditions(stand).missing()).toEqual([])
})

test('the roles that the guide asks for above the project are enough, each for its part', async () => {
  const stand = await acme()
  const above = `organizations/${ORGANIZATION_NUMBER}`
  const give = async (helper: string, roles: readonly string[]): Promise<void> => {
    expect(roles).not.toEqual([])
    for (const role of roles) await grant(stand.as(ORG_ADMIN), `/v3/${above}`, role, `user:${helper}`)
  }
  await give('reader@acme.com', rolesIn(/reading above the project +\| the organisation +\| (.*) \|/))
  await give('denier@acme.com', rolesIn(/deny policies +\| the organisation +\| (.*) \|/))
  const person = admin(stand.cloud, OWNER)
  await person.addAccounts(CONTROL, Object.keys(projectRoles))
  await person.grant(projectGrants(AGENTS, CONTROL))
  await admin(stand.cloud, 'reader@acme.com').grant(organizationGrants(ORGANIZATION_NUMBER, CONTROL))
  expect(await conditions(stand).login('bob@partner.org')).toMatchObject({ reason: 'OwnerOutsideOrganisation' })
  const policy = await filledIn('deny-policy.json')
  await must(stand.as('denier@acme.com'), `POST ${denyPolicies(`projects/${AGENTS}`)}?policyId=agents-secrets`, policy)
})

test('roles that the guide calls safe open no way to a secret', async () => {
  const stand = await acme()
  for (const line of commands.filter(isFor('L1'))) if (!line.includes('remove-iam')) await run(stand, line)
  const roles = rolesIn(/For looking on, (.*?) open no way/s)
  expect(roles.length).toBeGreaterThan(1)
  for (const role of roles) await grant(stand.as(OWNER), `/v3/projects/${AGENTS}`, role, 'user:auditor@acme.com')
  const { message } = await conditions(stand).separation()
  expect(message).toContain(OWNER)
  expect(message).not.toContain('auditor@acme.com')
})
