import type { Clock } from './clock.ts'
import type { Rates } from './options.ts'
import { rateLimited } from './troubles.ts'
import type { Call } from './world.ts'

const MINUTE_MS = 60_000

/** What is counted together, and whose it is. */
type Group = { readonly name: string; readonly of: string; readonly limit: number }

type Counted = Pick<Call, 'method' | 'project' | 'resource' | 'caller'>

function groupsOf({ method, project, resource, caller }: Counted, rates: Rates): readonly Group[] {
  const { api, id, httpMethod } = method
  const isRead = httpMethod === 'GET' || /\.(?:getIamPolicy|testIamPermissions|wait)$/.test(id)
  const kind = isRead ? 'read' : 'write'
  const group = (service: string, limits: Readonly<Record<typeof kind, number>>, of = project): Group[] => [
    { name: `${service}.googleapis.com/${kind}_requests`, of, limit: limits[kind] },
  ]
  if (api === 'compute.v1') return group('compute', rates.compute)
  if (api === 'iam.v1') return group('iam', rates.iam)
  if (api === 'iam.v2') return group('iam-v2', rates.denyPolicies, caller.split('@')[1])
  if (api !== 'secretmanager.v1') return []
  if (id.endsWith('.access'))
    return [{ name: 'secretmanager.googleapis.com/access_requests', of: project, limit: rates.secrets.access }]
  return [...group('secretmanager', rates.secrets), ...ofOne(id, resource, rates)]
}

/** The limits of one secret and of one version of it: https://cloud.google.com/secret-manager/quotas. */
function ofOne(id: string, resource: string, { oneSecret, oneVersion }: Rates): readonly Group[] {
  if (/\.secrets\.(?:addVersion|patch)$/.test(id))
    return [{ name: 'secretmanager.googleapis.com/secret_changes', of: resource, limit: oneSecret }]
  if (/\.versions\.(?:enable|disable|destroy)$/.test(id))
    return [{ name: 'secretmanager.googleapis.com/version_changes', of: resource, limit: oneVersion }]
  return []
}

/** Counts a call. Throws when a group of it has had its share of this minute; the next begins with the clock's. */
export type RateLimiter = (call: Counted) => void

export function rateLimiter(rates: Rates | undefined, clock: Clock): RateLimiter {
  let minute = 0
  const counts = new Map<string, number>()
  return (call) => {
    const groups = rates === undefined ? [] : groupsOf(call, rates)
    const now = Math.floor(clock.nowMs() / MINUTE_MS)
    if (now !== minute) counts.clear()
    minute = now
    const count = ({ name, of }: Group): number => counts.get(`${of} ${name}`) ?? 0
    const full = groups.find((group) => count(group) >= group.limit)
    if (full !== undefined) throw rateLimited(call.method.api === 'compute.v1', full.name)
    for (const group of groups) counts.set(`${group.of} ${group.name}`, count(group) + 1)
  }
}
