import { asText } from '../json.ts'
import { computeTime } from '../clock.ts'
import { alreadyExists, invalid } from '../errors.ts'
import { cannotActAs } from '../iam/authorize.ts'
import { accountOf } from '../iam/members.ts'
import { fingerprint } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import { checkLabels } from '../labels.ts'
import type { Call, Check, Served, World } from '../world.ts'
import { insert, repeated } from './changes.ts'
import { instanceDefaults, metadataBody, tagsBody } from './instance-body.ts'
import type { MetadataAsked } from './instance-body.ts'
import { attach, attachedDiskChecks, detach, noteAttached, prepareDisks } from './instance-disks.ts'
import type { DiskAsked } from './instance-disks.ts'
import { interfaceChecks, prepareInterfaces } from './instance-network.ts'
import type { InterfaceAsked } from './instance-network.ts'
import { machineTypeOf, processorsOf } from './machine-types.ts'
import { regionOf, requirePlace } from './places.ts'
import { requireQuota } from './quotas.ts'
import { lastOf, linkTo } from './references.ts'

export type AccountAsked = { readonly email?: string; readonly scopes?: readonly string[] }

type InstanceAsked = {
  readonly name: string
  readonly machineType?: string
  readonly disks?: readonly DiskAsked[]
  readonly networkInterfaces?: readonly InterfaceAsked[]
  readonly metadata?: MetadataAsked
  readonly serviceAccounts?: readonly AccountAsked[]
  readonly labels?: JsonObject
  readonly tags?: { readonly items?: readonly string[] }
} & JsonObject

const nameIn = ({ resource, body }: Call): string => `${resource}/instances/${asText(body['name'])}`

/** Permission to run something as accounts. */
export const actingAs = (accounts: readonly AccountAsked[]): readonly Check[] =>
  accounts.map(({ email = '' }) => ({ permission: 'iam.serviceAccounts.actAs', resource: accountName(email) }))

const accountName = (email: string): string =>
  `projects/${/@([^.]+)\.iam\.gserviceaccount\.com$/.exec(email)?.[1] ?? ''}/serviceAccounts/${email}`

// https://cloud.google.com/compute/docs/instances/create-start-instance#permissions
function checks(call: Call): readonly Check[] {
  const asked = call.body as InstanceAsked
  const resource = nameIn(call)
  const some = (list: readonly unknown[] | undefined, permission: string): readonly Check[] =>
    list === undefined || list.length === 0 ? [] : [{ permission, resource }]
  return [
    ...some(asked.metadata?.items, 'compute.instances.setMetadata'),
    ...some(Object.keys(asked.labels ?? {}), 'compute.instances.setLabels'),
    ...some(asked.tags?.items, 'compute.instances.setTags'),
    ...attachedDiskChecks(asked.disks ?? [], call),
    ...interfaceChecks(asked.networkInterfaces ?? [], call),
    ...some(asked.serviceAccounts, 'compute.instances.setServiceAccount'),
    ...actingAs(asked.serviceAccounts ?? []),
  ]
}

/** Accounts as an instance has them. Throws unless each exists in the project and can be seen. */
export function accountsBody(
  accounts: readonly AccountAsked[],
  call: Call,
  { store, clock }: World,
): readonly JsonObject[] {
  if (accounts.length > 1)
    throw invalid("Invalid value for field 'resource.serviceAccounts': at most one service account.")
  return accounts.map(({ email = '', scopes = [] }) => {
    const account = accountOf(email, store)
    if (account === undefined || clock.nowMs() < (account.readyAtMs ?? 0)) throw cannotActAs(email, call.caller)
    // The platform's default: https://cloud.google.com/iam/docs/attach-service-accounts#attaching-different-project.
    if (account.body['projectId'] !== call.project) throw cannotActAs(email, call.caller)
    if (scopes.length === 0)
      throw invalid("Invalid value for field 'resource.serviceAccounts[0].scopes': at least one scope is required.")
    return { email, scopes }
  })
}

function bodyOf(call: Call, world: World, disks: readonly JsonObject[]): JsonObject {
  const asked = call.body as InstanceAsked
  const { project, path } = call
  const tags = tagsBody(asked.tags)
  const { labels, ...rest } = asked
  return {
    ...instanceDefaults,
    ...rest,
    status: 'PROVISIONING',
    machineType: linkTo(machineTypeOf(asked.machineType, project, path['zone'] ?? '')),
    disks,
    networkInterfaces: prepareInterfaces(asked.networkInterfaces ?? [], call, world),
    metadata: metadataBody(asked.metadata ?? {}),
    tags,
    scheduling: {
      ...(instanceDefaults['scheduling'] as JsonObject),
      ...(asked['scheduling'] as JsonObject | undefined),
    },
    ...(asked.serviceAccounts !== undefined && { serviceAccounts: accountsBody(asked.serviceAccounts, call, world) }),
    ...(labels !== undefined && Object.keys(labels).length > 0 && { labels }),
    labelFingerprint: fingerprint(labels ?? {}),
    fingerprint: fingerprint([asked.name, world.ids.numeric()]),
    lastStartTimestamp: computeTime(world.clock.nowMs()),
  }
}

function requireRoom(body: JsonObject, { project, path }: Call, world: World): void {
  const place = { project, region: regionOf(path['zone'] ?? '', world, project) }
  const processors = processorsOf(lastOf(asText(body['machineType'])))
  requireQuota('INSTANCES', 1, place, world)
  requireQuota('CPUS', processors, place, world)
  requireQuota('CPUS_ALL_REGIONS', processors, { project, region: '' }, world)
}

/** Makes a machine: nothing of it is there when it fails, neither now nor late. */
export const insertInstance: Served = {
  subject: nameIn,
  checks,
  handle: (call, world) => {
    requirePlace(call, world)
    const before = repeated(call, world)
    if (before !== undefined) return before
    const name = nameIn(call)
    if (world.store.find(name) !== undefined) throw alreadyExists(name)
    checkLabels(call.body['labels'])
    const disks = prepareDisks((call.body as InstanceAsked).disks ?? [], call, world)
    const body = bodyOf(
      call,
      world,
      disks.map(({ shown }) => shown),
    )
    requireRoom(body, call, world)
    attach(disks, name, world)
    const fresh = new Set(disks.filter(({ isNew }) => isNew).map(({ disk }) => linkTo(disk.name)))
    return insert(call, world, {
      collection: 'instances',
      kind: 'instance',
      name,
      body,
      readyBody: { status: 'RUNNING', cpuPlatform: 'Intel Broadwell' },
      alsoFinish: () => {
        const made = world.store.find(name)
        if (made !== undefined) noteAttached(made, world)
      },
      alsoUndo: () => {
        const failed = world.store.find(name)
        if (failed !== undefined) detach(failed, world, (disk) => fresh.has(asText(disk['source'])))
      },
    })
  },
}
