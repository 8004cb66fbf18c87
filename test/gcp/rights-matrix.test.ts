import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { triggers } from '../../functions/triggers.ts'
import { asText } from '../../infra/local/gcp/json.ts'
import { served } from '../../infra/local/gcp/served.ts'
import { names, functionAccount } from '../../shared/documents/names.ts'
import type { AgentRef } from '../../shared/documents/ref.ts'
import { openFleet } from './fleet.ts'
import type { Fleet } from './fleet.ts'
import { ADDED, aPlane, turnPage } from './fleet-life.ts'
import { CONTROL, PROJECT } from './life-cloud.ts'

/** An agent with everybody and everything that is its own. */
type Cast = {
  readonly name: string
  readonly owner: string
  readonly account: string
  readonly accountName: string
  readonly secret: string
  readonly instance: string
  readonly tunnel: string
  readonly others: readonly string[]
}

const OWNERS: Readonly<Record<string, string>> = {
  ada: 'ada@example.com',
  'ada-two': 'ada@example.com',
  bob: 'bob@example.com',
}

/** Every permission of the services served, whatever method asks for it. */
const permissionsIn = ({ cloud }: Fleet): readonly string[] => {
  const services = new Set(['iam', ...Object.keys(served).map((api) => api.replace(/\..*/, ''))])
  const known = [...cloud.world.access.roles.permissions].filter((name) => services.has(name.replace(/\..*/, '')))
  return [...known, 'resourcemanager.projects.get', 'resourcemanager.projects.setIamPolicy']
}

function castOf(fleet: Fleet, ref: AgentRef): Cast {
  const { store } = fleet.cloud.world
  const place = { project: PROJECT, region: '', zone: '', planeUid: ref.planeUid, uid: ref.uid }
  const account = `${names.account(place)}@${PROJECT}.iam.gserviceaccount.com`
  const own = store.all().filter(({ name, collection }) => name.includes(ref.uid) && collection !== 'tasks')
  const instance = own.find(({ collection }) => collection === 'instances')
  const tunnel = store
    .list('tunnels', 'projects/')
    .find(({ name }) => name.endsWith(`/${asText(instance?.body['id'] ?? '')}`))
  return {
    name: ref.name,
    owner: OWNERS[ref.name] ?? '',
    account,
    accountName: `projects/${PROJECT}/serviceAccounts/${account}`,
    secret: `projects/${PROJECT}/secrets/${names.secret(place, 'notes')}`,
    instance: instance?.name ?? '',
    tunnel: tunnel?.name ?? '',
    others: own.map(({ name }) => name),
  }
}

/** Every account of the project may add lines to its logs, whatever they are about, and read none. */
const ADDS_LINES = /^logging\.logEntries\.(?:create|route)$/

/** What somebody may do to something, and mostly nobody may. */
const allowedOn = (fleet: Fleet, caller: string, resources: readonly string[]): readonly string[] =>
  resources.flatMap((resource) =>
    permissionsIn(fleet)
      .filter((permission) => !ADDS_LINES.test(permission))
      .filter((permission) => fleet.cloud.world.access.allows({ caller, permission, resource, port: 22 }))
      .map((permission) => `${permission} on ${resource}`),
  )

let fleet: Fleet
let casts: readonly Cast[]

beforeAll(async () => {
  fleet = await openFleet()
  await aPlane(fleet)
  const made: Cast[] = []
  for (const [name, owner] of Object.entries(OWNERS)) {
    const ref = await turnPage(fleet, name, { ...ADDED, fields: { ...ADDED.fields, owner } })
    await fleet.until(ref.uid, ({ phase }) => phase === 'Ready')
    made.push(castOf(fleet, ref))
  }
  casts = made
})

afterAll(() => fleet.close())

const may = (caller: string, permission: string, resource: string, port?: number): boolean =>
  fleet.cloud.world.access.allows({ caller, permission, resource, ...(port !== undefined && { port }) })

describe('among three agents of two owners', () => {
  test('no agent’s account may do anything to another agent', () => {
    for (const a of casts)
      for (const b of casts.filter(({ account }) => account !== a.account))
        expect(allowedOn(fleet, a.account, [...b.others, b.tunnel]), `${a.name} to ${b.name}`).toEqual([])
  })

  test('no owner may do anything to somebody else’s agent', () => {
    for (const { owner, name } of casts)
      for (const b of casts.filter((other) => other.owner !== owner))
        expect(allowedOn(fleet, owner, [...b.others, b.tunnel]), `${name}’s owner to ${b.name}`).toEqual([])
  })

  test('no agent and no owner may do anything to what all share', () => {
    const shared = fleet.cloud.world.store
      .all()
      .filter(({ collection }) => /networks|firewallPolicies|routers|resourcePolicies|projects/.test(collection))
      .map(({ name }) => name)
    for (const { account, owner } of casts)
      expect([...allowedOn(fleet, account, shared), ...allowedOn(fleet, owner, shared)]).toEqual([])
  })

  test('an owner gets in to her own, by SSH alone, and reads no secret there', () => {
    for (const { owner, tunnel, instance, accountName, secret } of casts) {
      expect(may(owner, 'iap.tunnelInstances.accessViaIAP', tunnel, 22)).toBe(true)
      expect(may(owner, 'iap.tunnelInstances.accessViaIAP', tunnel, 18_789)).toBe(false)
      expect(may(owner, 'compute.instances.osLogin', instance)).toBe(true)
      expect(may(owner, 'compute.instances.osAdminLogin', instance)).toBe(false)
      expect(may(owner, 'iam.serviceAccounts.actAs', accountName)).toBe(true)
      expect(may(owner, 'iam.serviceAccounts.getAccessToken', accountName)).toBe(false)
      expect(may(owner, 'secretmanager.versions.add', secret)).toBe(true)
      expect(may(owner, 'secretmanager.versions.access', `${secret}/versions/1`)).toBe(false)
    }
  })

  test('an agent reads its own secrets and can do nothing else, not even add a value', () => {
    // Who may read a secret may also read which project it is in: that is how Google's role is.
    for (const { account, others, tunnel } of casts) {
      const allowed = allowedOn(fleet, account, [...others, tunnel]).map((words) => words.replace(/ on .*/, ''))
      expect([...new Set(allowed)].toSorted()).toEqual([
        'resourcemanager.projects.get',
        'secretmanager.versions.access',
      ])
    }
  })
})

test.each(triggers.map(({ name }) => name))('%s can neither read nor add a secret’s value', (name) => {
  const { granted } = fleet.cloud.world.access.usage(functionAccount(name, CONTROL))
  expect(granted.filter((permission) => /^secretmanager\.versions\.(?:access|add)$/.test(permission))).toEqual([])
  expect(
    granted.filter((permission) => /serviceAccounts\.(?:getAccessToken|sign|implicit)|Keys\./.test(permission)),
  ).toEqual([])
})

test('no agent reads a log, and no owner adds to one', () => {
  for (const { account, owner } of casts)
    for (const permission of ['logging.logEntries.create', 'logging.logEntries.list', 'logging.privateLogEntries.list'])
      expect([may(account, permission, `projects/${PROJECT}`), may(owner, permission, `projects/${PROJECT}`)]).toEqual([
        permission === 'logging.logEntries.create',
        false,
      ])
})

test('no policy anywhere names everybody', () => {
  const members = fleet.cloud.world.store
    .all()
    .flatMap(({ policy }) => policy?.bindings ?? [])
    .flatMap((binding) => binding.members)
  expect(members.length).toBeGreaterThan(20)
  expect(members.filter((member) => /^all(?:Authenticated)?Users$/.test(member))).toEqual([])
})
