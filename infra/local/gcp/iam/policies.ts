import { ApiError } from '../errors.ts'
import { only } from '../gate/query.ts'
import type { Json } from '../json.ts'
import { drawMs } from '../options.ts'
import type { Entry } from '../store.ts'
import type { Call, Served, World } from '../world.ts'
import { authorize } from './authorize.ts'
import { keepMember, showMember } from './members.ts'
import { modifiedRoles, showPolicy, writePolicy } from './policy.ts'
import type { PolicyRecord, PolicyWanted } from './policy.ts'
import { checkRole } from './roles.ts'

/** How one API's policy methods differ from the others'. */
export type PolicyMethods = {
  /** The entry that holds the policy. Throws when it does not exist. */
  readonly holder: (call: Call, world: World) => Entry
  /** The permission setIamPolicy needs: it is judged with the roles it changes. */
  readonly setPermission: string
}

// What Google answers for a resource nobody ever wrote a policy for.
const NEVER_WRITTEN: PolicyRecord = { etag: 'ACAB', bindings: [], inForce: [] }

/** getIamPolicy, whether its options come in the query or the body. */
export const getIamPolicy = ({ holder }: PolicyMethods): Served => ({
  handle: (call, world) => {
    const inBody = (call.body['options'] as { readonly requestedPolicyVersion?: number } | undefined)
      ?.requestedPolicyVersion
    const inQuery =
      only(call.query, 'options.requestedPolicyVersion') ?? only(call.query, 'optionsRequestedPolicyVersion')
    const { policy = NEVER_WRITTEN } = holder(call, world)
    return showPolicy(policy, inBody ?? Number(inQuery ?? 0), shown(world))
  },
})

/** setIamPolicy: read, modify, write with the etag that was read; in force after the propagation delay. */
export const setIamPolicy = (methods: PolicyMethods): Served => ({
  handle: (call, world) => {
    const entry = methods.holder(call, world)
    const old = entry.policy ?? NEVER_WRITTEN
    const written = writePolicy(old, wantedPolicy(call), contextOf(call, world))
    const modifiedGrantsByRole = modifiedRoles(old.bindings, written.bindings)
    const check = { permission: methods.setPermission, resource: entry.name, modifiedGrantsByRole }
    authorize({ api: call.method.api, caller: call.caller }, [check], world)
    world.store.put({ ...entry, policy: written })
    return showPolicy(written, 3, shown(world))
  },
})

/** testIamPermissions: of those asked for, the ones the caller holds now. Nothing counts as used by it. */
export const testIamPermissions = (subject: (call: Call, world: World) => string): Served => ({
  handle: (call, world): Json => {
    const asked = (call.body['permissions'] ?? []) as readonly string[]
    const resource = subject(call, world)
    const permissions = asked.filter((permission) => world.access.allows({ caller: call.caller, permission, resource }))
    return permissions.length > 0 ? { permissions } : {}
  },
})

const shown =
  ({ store, clock }: World) =>
  (member: string): string =>
    showMember(member, { store, nowMs: clock.nowMs() })

// The older Compute form has the bindings beside the policy.
// What no mask names stays as it was. https://cloud.google.com/resource-manager/reference/rest/v3/projects/setIamPolicy
function wantedPolicy(call: Call): PolicyWanted {
  const wanted = (call.body['policy'] ?? call.body) as PolicyWanted
  const mask = ((call.body['updateMask'] as string | undefined) ?? 'bindings,etag').split(',')
  const { bindings, auditConfigs, ...rest } = wanted
  return {
    ...rest,
    ...(mask.includes('bindings') && { bindings: bindings ?? [] }),
    ...(mask.includes('auditConfigs') && { auditConfigs: auditConfigs ?? [] }),
  }
}

function contextOf({ method }: Call, world: World): Parameters<typeof writePolicy>[2] {
  const { access, clock, ids, options, random, store } = world
  const nowMs = clock.nowMs()
  return {
    nextEtag: ids.etag(),
    nowMs,
    fromMs: nowMs + drawMs(options.propagation.grantMs, random),
    checkRole: (role) => checkRole(role, access.roles, store),
    keep: (member) => keepMember(member, { store, nowMs }),
    stale: () => staleEtag(method.api === 'compute.v1'),
  }
}

const staleEtag = (isCompute: boolean): ApiError =>
  new ApiError(
    'ABORTED',
    'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff. The etag of the request is not that of the current policy.',
    isCompute ? { http: 412, reason: 'conditionNotMet' } : {},
  )
