import { time } from './clock.ts'
import { getIamPolicy, setIamPolicy, testIamPermissions } from './iam/policies.ts'
import type { PolicyMethods } from './iam/policies.ts'
import { asText, compact, textOf } from './json.ts'
import { resourceId } from './hierarchy.ts'
import type { ProjectOptions } from './options.ts'
import type { Entry, Store } from './store.ts'
import type { Call, Served, World } from './world.ts'

/** A project as it stands at the start, with its owners' policy in force. */
export function projectEntry(options: ProjectOptions, nowMs: number): Entry {
  const { projectId, projectNumber, owners, services, parent } = options
  const bindings = owners.length === 0 ? [] : [{ role: 'roles/owner', members: owners }]
  return {
    collection: 'projects',
    name: `projects/${projectId}`,
    createdAtMs: nowMs,
    body: compact({ projectId, projectNumber, createTime: time(nowMs), services, parent }),
    policy: { etag: 'BwYAAAAAAAA=', bindings, inForce: [{ fromMs: nowMs, bindings }] },
  }
}

/** A project's id, given its id or its number; what is neither stays as it is. */
export function projectId(idOrNumber: string, store: Store): string {
  if (!/^\d+$/.test(idOrNumber)) return idOrNumber
  const found = store.list('projects', 'projects/').find(({ body }) => body['projectNumber'] === idOrNumber)
  return found === undefined ? idOrNumber : textOf(found.body, 'projectId')
}

const target = ({ project }: Call, { store }: World): Entry => store.get(`projects/${project}`)

export const getProjectV1: Served = {
  handle: (call, world) => {
    const { projectId: id = '', projectNumber = '', createTime = '', parent } = target(call, world).body
    const known = { projectId: id, projectNumber, createTime, name: id, lifecycleState: 'ACTIVE' }
    return parent === undefined ? known : { ...known, parent: resourceId(asText(parent)) }
  },
}

export const getProjectV3: Served = {
  handle: (call, world) => {
    const { projectId: id = '', projectNumber = '', createTime = '', parent } = target(call, world).body
    return {
      ...compact({ parent }),
      name: `projects/${asText(projectNumber)}`,
      projectId: id,
      displayName: id,
      state: 'ACTIVE',
      createTime,
      etag: 'W/"5a6c8f1e0b2d3c47"',
    }
  },
}

const policy: PolicyMethods = { holder: target, setPermission: 'resourcemanager.projects.setIamPolicy' }

export const getProjectPolicy = getIamPolicy(policy)
export const setProjectPolicy = setIamPolicy(policy)
export const testProjectPermissions = testIamPermissions((call, world) => target(call, world).name)
