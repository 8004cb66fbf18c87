import type { Clock } from './clock.ts'
import type { Method } from './gate/descriptions.ts'
import type { Rates } from './options.ts'
import { rateLimited } from './troubles.ts'

const MINUTE_MS = 60_000

type Group = { readonly name: string; readonly limit: number }

function groupOf({ api, id, httpMethod }: Method, rates: Rates): Group | undefined {
  const isRead = httpMethod === 'GET' || /\.(?:getIamPolicy|testIamPermissions|wait)$/.test(id)
  const kind = isRead ? 'read' : 'write'
  if (api === 'compute.v1') return { name: `compute.googleapis.com/${kind}_requests`, limit: rates.compute[kind] }
  if (api === 'iam.v1') return { name: `iam.googleapis.com/${kind}_requests`, limit: rates.iam[kind] }
  if (api !== 'secretmanager.v1') return undefined
  if (id.endsWith('.access'))
    return { name: 'secretmanager.googleapis.com/access_requests', limit: rates.secrets.access }
  return { name: `secretmanager.googleapis.com/${kind}_requests`, limit: rates.secrets[kind] }
}

/** Counts a call. Throws when its group has had its share of this minute; the next begins with the clock's. */
export type RateLimiter = (method: Method, project: string) => void

export function rateLimiter(rates: Rates | undefined, clock: Clock): RateLimiter {
  let minute = 0
  const counts = new Map<string, number>()
  return (method, project) => {
    const group = rates && groupOf(method, rates)
    if (group === undefined) return
    const now = Math.floor(clock.nowMs() / MINUTE_MS)
    if (now !== minute) counts.clear()
    minute = now
    const key = `${project} ${group.name}`
    const count = (counts.get(key) ?? 0) + 1
    if (count > group.limit) throw rateLimited(method.api === 'compute.v1', group.name)
    counts.set(key, count)
  }
}
