import { time } from './clock.ts'
import { ApiError } from './errors.ts'
import { getIamPolicy, setIamPolicy } from './iam/policies.ts'
import { ancestorsOf } from './iam/subjects.ts'
import { asText, compact, textOf } from './json.ts'
import type { JsonObject } from './json.ts'
import type { ContainerOptions } from './options.ts'
import type { Entry } from './store.ts'
import type { Call, Served, World } from './world.ts'

/** A folder or an organisation at the start, with its policy in force. */
export function containerEntry({ name, displayName, parent, bindings }: ContainerOptions, nowMs: number): Entry {
  return {
    collection: name.startsWith('folders/') ? 'folders' : 'organizations',
    name,
    createdAtMs: nowMs,
    body: compact({ name, displayName, parent, createTime: time(nowMs), updateTime: time(nowMs) }),
    policy: { etag: 'BwYAAAAAAAA=', bindings, inForce: [{ fromMs: nowMs, bindings }] },
  }
}

// Resource Manager does not tell what is not there from what may not be seen: the permission is checked first.
function target({ resource }: Call, { store }: World): Entry {
  const entry = store.find(resource)
  if (entry === undefined) throw new ApiError('PERMISSION_DENIED', 'The caller does not have permission')
  return entry
}

const shown = (entry: Entry): JsonObject => ({ ...entry.body, state: 'ACTIVE', etag: 'W/"5a6c8f1e0b2d3c47"' })

export const getFolder: Served = { handle: (call, world) => shown(target(call, world)) }

/** An organisation's customer id has a C, then seven characters. */
const customerOf = ({ name }: Entry): string => `C${name.replace(/\D/g, '').padStart(7, '0').slice(-7)}`

export const getOrganizationV3: Served = {
  handle: (call, world) => {
    const entry = target(call, world)
    return { ...shown(entry), directoryCustomerId: customerOf(entry) }
  },
}

export const getOrganizationV1: Served = {
  handle: (call, world) => {
    const entry = target(call, world)
    return {
      name: entry.name,
      displayName: textOf(entry.body, 'displayName'),
      creationTime: asText(entry.body['createTime']),
      lifecycleState: 'ACTIVE',
      owner: { directoryCustomerId: customerOf(entry) },
    }
  },
}

/** A name as version 1 of Resource Manager writes it. */
export function resourceId(name: string): JsonObject {
  const [kinds = '', id = ''] = name.split('/')
  return { type: kinds.replace(/s$/, ''), id }
}

/** A project and what it is in, upwards. */
export const getAncestry: Served = {
  handle: ({ resource }, { store }) => ({
    ancestor: ancestorsOf(resource, store).map((name) => ({ resourceId: resourceId(name) })),
  }),
}

export const getContainerPolicy = getIamPolicy({ holder: target, setPermission: '' })
export const setFolderPolicy = setIamPolicy({
  holder: target,
  setPermission: 'resourcemanager.folders.setIamPolicy',
})
export const setOrganizationPolicy = setIamPolicy({
  holder: target,
  setPermission: 'resourcemanager.organizations.setIamPolicy',
})
