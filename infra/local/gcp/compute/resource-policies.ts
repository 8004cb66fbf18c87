import { asText } from '../json.ts'
import { inUse, invalid } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import type { Call, Served, World } from '../world.ts'
import { begin, insert, repeated } from './changes.ts'
import { list } from './lists.ts'
import { requirePlace } from './places.ts'
import { linkTo, targetOf } from './references.ts'

type Schedule = {
  readonly schedule?: Readonly<Record<string, JsonObject>>
  readonly retentionPolicy?: { readonly maxRetentionDays?: number }
  readonly snapshotProperties?: { readonly labels?: JsonObject }
}

const nameIn = ({ resource, body }: Call): string => `${resource}/resourcePolicies/${asText(body['name'])}`

function requireSchedule(policy: Schedule | undefined): void {
  const kinds = Object.keys(policy?.schedule ?? {})
  if (policy === undefined || kinds.length !== 1)
    throw invalid(
      "Invalid value for field 'resource.snapshotSchedulePolicy.schedule': exactly one of hourly, daily and weekly is needed.",
    )
  const start = Object.values(policy.schedule ?? {})[0]?.['startTime']
  if (kinds[0] !== 'weeklySchedule' && !/^(?:[01]\d|2[0-3]):00$/.test(asText(start)))
    throw invalid(
      `Invalid value for field 'resource.snapshotSchedulePolicy.schedule.startTime': '${asText(start)}'. A full hour is expected, as '04:00'.`,
    )
  const days = policy.retentionPolicy?.maxRetentionDays
  if (days !== undefined && (days < 1 || days > 65_536))
    throw invalid(
      `Invalid value for field 'resource.snapshotSchedulePolicy.retentionPolicy.maxRetentionDays': '${days}'.`,
    )
}

/** Snapshot schedules; the other resource policies are not simulated. */
export const insertResourcePolicy: Served = {
  subject: nameIn,
  handle: (call, world) => {
    requirePlace(call, world)
    const before = repeated(call, world)
    if (before !== undefined) return before
    const { description, snapshotSchedulePolicy } = call.body
    requireSchedule(snapshotSchedulePolicy as Schedule | undefined)
    const body = { ...(description !== undefined && { description }), snapshotSchedulePolicy, status: 'CREATING' }
    const readyBody = { status: 'READY' }
    return insert(call, world, {
      collection: 'resourcePolicies',
      kind: 'resourcePolicy',
      name: nameIn(call),
      body,
      readyBody,
    })
  },
}

export const getResourcePolicy: Served = { handle: (call, world) => targetOf(call, 'resourcePolicies', world).body }
export const listResourcePolicies = list({ collection: 'resourcePolicies', kind: 'resourcePolicy' })

/** Changes a schedule for the snapshots to come. */
export const patchResourcePolicy: Served = {
  handle: (call, world) => {
    const before = repeated(call, world)
    if (before !== undefined) return before
    const entry = targetOf(call, 'resourcePolicies', world)
    const { snapshotSchedulePolicy } = call.body
    requireSchedule(snapshotSchedulePolicy as Schedule | undefined)
    const changed = { ...entry, body: { ...entry.body, snapshotSchedulePolicy: snapshotSchedulePolicy ?? null } }
    world.store.put(changed)
    return begin({ call, entry: changed }, world)
  },
}

const userOf = (name: string, project: string, { store }: World): string | undefined =>
  store
    .list('disks', `projects/${project}/`)
    .find(({ body }) => ((body['resourcePolicies'] ?? []) as readonly string[]).includes(linkTo(name)))?.name

export const deleteResourcePolicy: Served = {
  handle: (call, world) => {
    const before = repeated(call, world)
    if (before !== undefined) return before
    const entry = targetOf(call, 'resourcePolicies', world)
    const user = userOf(entry.name, call.project, world)
    if (user !== undefined) throw inUse(entry.name, user)
    return begin({ call, entry, finish: () => undefined }, world)
  },
}
