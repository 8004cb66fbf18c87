import { time } from '../clock.ts'
import { ApiError, alreadyExists, invalid } from '../errors.ts'
import { only } from '../gate/query.ts'
import { asText, textOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { page } from '../paging.ts'
import type { Entry } from '../store.ts'
import type { Call, Served, World } from '../world.ts'
import { allowName, attachment, attachmentOf } from './deny.ts'
import type { DenyRule } from './deny.ts'
import type { Roles } from './roles.ts'

const ID = /^[a-z][a-z0-9.-]{2,62}$/

/** What a policy is attached to: its permissions are checked there. */
const attachedTo = ({ resource }: Pick<Call, 'resource'>): string => attachmentOf(resource) ?? ''

function policyOf(call: Call, { store }: World): Entry {
  const entry = store.find(call.resource)
  if (entry === undefined) throw new ApiError('NOT_FOUND', `Policy "${call.resource}" not found.`)
  return entry
}

type Rules = readonly { readonly denyRule?: DenyRule & { readonly denialCondition?: unknown } }[]

/** Throws for rules that would mean less here than in the cloud. */
function checkRules(rules: Rules, roles: Roles): void {
  for (const { denyRule } of rules) {
    if (denyRule === undefined) throw invalid('A rule needs a denyRule.')
    if (denyRule.denialCondition !== undefined) throw invalid('Denial conditions are not served here.')
    const named = [...(denyRule.deniedPermissions ?? []), ...(denyRule.exceptionPermissions ?? [])]
    const unknown = named.find((name) => !name.includes('*') && !roles.permissions.has(allowName(name)))
    if (unknown !== undefined) throw invalid(`Permission ${unknown} is not supported in deny policies.`)
  }
}

export const createDenyPolicy: Served = {
  subject: attachedTo,
  handle: (call, world) => {
    const { store, ids, clock, access } = world
    const id = only(call.query, 'policyId') ?? ''
    if (!ID.test(id)) throw invalid(`Invalid policy id '${id}'.`)
    const to = attachedTo(call)
    if (store.find(to) === undefined) throw invalid(`There is no ${to} a policy could be attached to.`)
    const name = `${attachment(to)}/${id}`
    if (store.find(name) !== undefined) throw alreadyExists(name)
    checkRules((call.body['rules'] ?? []) as Rules, access.roles)
    const number = store.find(to)?.body['projectNumber']
    const shown = number === undefined ? name : `${attachment(`projects/${asText(number)}`)}/${id}`
    const nowMs = clock.nowMs()
    const times = { createTime: time(nowMs), updateTime: time(nowMs) }
    const body = { ...call.body, name: shown, uid: ids.unique(), kind: 'DenyPolicy', etag: ids.etag(), ...times }
    store.put({ collection: 'denyPolicies', name, body, createdAtMs: nowMs })
    return done(body, nowMs)
  },
}

const done = (policy: JsonObject, nowMs: number): JsonObject => ({
  name: `${textOf(policy, 'name')}/operations/done`,
  metadata: { '@type': 'type.googleapis.com/google.iam.v2.PolicyOperationMetadata', createTime: time(nowMs) },
  done: true,
  response: { '@type': 'type.googleapis.com/google.iam.v2.Policy', ...policy },
})

export const getDenyPolicy: Served = {
  subject: attachedTo,
  handle: (call, world) => policyOf(call, world).body,
}

/** Lists what there is: rules are left out, as in the cloud. */
export const listDenyPolicies: Served = {
  subject: attachedTo,
  handle: (call, { store }) => {
    const prefix = `${attachment(attachedTo(call))}/`
    const size = only(call.query, 'pageSize')
    const { items, nextPageToken } = page(store.list('denyPolicies', prefix), {
      size: size === undefined ? undefined : Number(size),
      token: only(call.query, 'pageToken'),
      most: 1000,
    })
    const policies = items.map(({ body: { rules: _hidden, ...metadata } }) => metadata)
    return {
      ...(policies.length > 0 && { policies }),
      ...(nextPageToken !== undefined && { nextPageToken }),
    }
  },
}

export const deleteDenyPolicy: Served = {
  subject: attachedTo,
  handle: (call, world) => {
    const entry = policyOf(call, world)
    world.store.delete(entry.name)
    const nowMs = world.clock.nowMs()
    return done({ ...entry.body, deleteTime: time(nowMs) }, nowMs)
  },
}

/** A change is made when it is answered; its operation has nothing more to say. */
export const getDenyOperation: Served = { handle: ({ resource }) => ({ name: resource, done: true }) }
