import { ApiError } from './errors.ts'
import { getIamPolicy, setIamPolicy, testIamPermissions } from './iam/policies.ts'
import type { PolicyMethods } from './iam/policies.ts'
import { tunnelOf } from './iam/subjects.ts'
import type { Entry } from './store.ts'
import type { Call, World } from './world.ts'

/** Who may open a tunnel to an instance: kept by the instance's id, so that its successor starts with nobody. */
function holder({ resource }: Call, { store, clock }: World): Entry {
  const name = tunnelOf(resource, store)
  if (name === undefined) throw new ApiError('NOT_FOUND', `Requested entity was not found: ${resource}`)
  return store.find(name) ?? { collection: 'tunnels', name, body: {}, createdAtMs: clock.nowMs() }
}

const policy: PolicyMethods = { holder, setPermission: 'iap.tunnelInstances.setIamPolicy' }

export const getTunnelPolicy = getIamPolicy(policy)
export const setTunnelPolicy = setIamPolicy(policy)
export const testTunnelPermissions = testIamPermissions((call, world) => holder(call, world).name)
