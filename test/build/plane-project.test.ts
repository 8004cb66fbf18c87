import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import type { TestContext } from 'vitest'
import { organizationGrants, projectGrants } from '../../shared/grants/plan.ts'
import { agentServices } from '../../shared/grants/roles.ts'
import schema from './terraform-schema.json' with { type: 'json' }

const FOLDER = new URL('../../infra/plane-project', import.meta.url).pathname
const ROLES = new URL('../../shared/grants/roles.json', import.meta.url).pathname
const [PROJECT, CONTROL, ORGANIZATION] = ['demo-project', 'control-project', '1000000001']

/** Runs Terraform without a provider: what it works out needs none. Undefined when it is not installed. */
async function terraform(cwd: string, args: readonly string[], input = ''): Promise<string | undefined> {
  const child = execFile('terraform', args, { cwd, env: { ...process.env, CHECKPOINT_DISABLE: '1' } })
  const ended = new Promise<number | undefined>((resolve) => {
    child.once('error', () => resolve(undefined))
    child.once('close', (code) => resolve(code ?? 1))
  })
  child.stdin?.on('error', () => undefined).end(input)
  if (child.stdout === null || child.stderr === null) throw new Error('terraform has no output')
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  if (code === undefined) return undefined
  if (code !== 0) throw new Error(`terraform ${args.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

/** The module's values alone, away from what needs a provider. */
async function valuesOnly(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'plane-project-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const folder = join(root, 'infra/plane-project')
  await mkdir(folder, { recursive: true })
  await mkdir(join(root, 'shared/grants'), { recursive: true })
  await copyFile(ROLES, join(root, 'shared/grants/roles.json'))
  for (const name of ['grants.tf', 'variables.tf']) await copyFile(join(FOLDER, name), join(folder, name))
  return folder
}

async function evaluate<T>(ctx: TestContext, expression: string, variables: Record<string, string>): Promise<T> {
  const given = Object.entries(variables).map(([name, value]) => `-var=${name}=${value}`)
  const printed = await terraform(await valuesOnly(), ['console', ...given], `jsonencode(${expression})\n`)
  if (printed === undefined) ctx.skip('terraform is not installed: the module is not held against the plan')
  return JSON.parse(JSON.parse(printed ?? '""') as string) as T
}

type Values = {
  readonly services: readonly string[]
  readonly every_account: readonly string[]
  readonly account_ids: Readonly<Record<string, string>>
  readonly role_ids: Readonly<Record<string, string>>
  readonly titles: Readonly<Record<string, string>>
  readonly members: Readonly<Record<string, string>>
  readonly conditions: Readonly<Record<string, string>>
  readonly project_roles: Readonly<Record<string, { readonly title: string; readonly permissions: readonly string[] }>>
  readonly organization_roles: Values['project_roles']
  readonly audit_logs: Readonly<Record<string, readonly string[]>>
  readonly organization_predefined: Readonly<Record<string, { readonly name: string; readonly role: string }>>
}

const LOCALS =
  'services every_account audit_logs account_ids role_ids titles members conditions project_roles organization_roles organization_predefined'
const ALL = `{ ${LOCALS.split(' ')
  .map((name) => `${name} = local.${name}`)
  .join(', ')} }`

test('the module grants what planes grants', async (ctx) => {
  const values = await evaluate<Values>(ctx, ALL, {
    project: PROJECT,
    control_project: CONTROL,
    organization: ORGANIZATION,
  })
  const plan = projectGrants(PROJECT, CONTROL)
  const { role_ids: ids, titles, members, conditions } = values
  expect(values.services.toSorted()).toEqual([...agentServices].toSorted())
  expect(values.every_account).toEqual(plan.everyAccount)
  expect(values.audit_logs).toEqual(plan.auditLogs)
  expect(Object.entries(values.account_ids).map(([name, id]) => ({ id, title: titles[name] }))).toEqual(
    plan.accounts.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  )
  const rolesIn = (roles: Values['project_roles']) =>
    Object.entries(roles).map(([name, { title: description, permissions }]) => {
      return { id: ids[name], title: titles[name], description, permissions }
    })
  const bindingsIn = (resource: string, roles: Values['project_roles'], under: Values['conditions']) =>
    Object.keys(roles).map((name) => ({
      member: members[name],
      role: `${resource}/roles/${ids[name]}`,
      ...(under[name] !== undefined && { condition: { title: 'grants only', expression: under[name] } }),
    }))
  expect(new Set(rolesIn(values.project_roles))).toEqual(new Set(plan.roles))
  expect(new Set(bindingsIn(plan.resource, values.project_roles, conditions))).toEqual(new Set(plan.bindings))

  const above = organizationGrants(ORGANIZATION, CONTROL)
  const predefined = Object.values(values.organization_predefined).map(({ name, role }) => ({
    member: members[name],
    role,
  }))
  expect(new Set(rolesIn(values.organization_roles))).toEqual(new Set(above.roles))
  expect(new Set([...bindingsIn(above.resource, values.organization_roles, {}), ...predefined])).toEqual(
    new Set(above.bindings),
  )
})

test('without an organisation the module grants nothing above the project', async (ctx) => {
  const values = await evaluate<Values>(ctx, ALL, { project: PROJECT })
  expect(values.organization_roles).toEqual({})
  expect(values.organization_predefined).toEqual({})
  expect(values.members['plane']).toBe('serviceAccount:planes-plane@demo-project.iam.gserviceaccount.com')
})

test('the module is formatted as Terraform formats it', async (ctx) => {
  const unformatted = await terraform(FOLDER, ['fmt', '-check', '-list=true'])
  if (unformatted === undefined) ctx.skip('terraform is not installed: the format of the module is not checked')
  expect(unformatted?.trim()).toBe('')
})

/** Arguments that Terraform itself gives every resource. */
const META = new Set(['for_each', 'count', 'depends_on', 'lifecycle', 'provider'])

test('the module uses arguments that the provider has, and all that it requires', async () => {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.tf'))
  const source = (await Promise.all(files.map((name) => readFile(join(FOLDER, name), 'utf8')))).join('\n')
  const resources = [...source.matchAll(/^resource "(?<type>\w+)" "\w+" \{\n(?<body>[\s\S]*?)^\}/gm)]
  expect(resources.length).toBeGreaterThan(5)
  const known = schema.resources as Readonly<Record<string, Readonly<Record<string, boolean>>>>
  for (const { groups } of resources) {
    const { type = '', body = '' } = groups ?? {}
    const said = [...body.matchAll(/^ {2}(?:dynamic ")?(\w+)/gm)].map(([, name = '']) => name)
    const used = said.filter((name) => !META.has(name))
    const required = Object.entries(known[type] ?? {}).filter(([, isRequired]) => isRequired)
    expect({ type, unknown: used.filter((name) => known[type]?.[name] === undefined) }).toEqual({ type, unknown: [] })
    expect({ type, missing: required.map(([name]) => name).filter((name) => !used.includes(name)) }).toEqual({
      type,
      missing: [],
    })
  }
})
