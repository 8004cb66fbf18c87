import { asText } from '../json.ts'
import { computeTime } from '../clock.ts'
import { only } from '../gate/query.ts'
import { invalid } from '../errors.ts'
import { getIamPolicy, setIamPolicy, testIamPermissions } from '../iam/policies.ts'
import type { PolicyMethods } from '../iam/policies.ts'
import type { JsonObject } from '../json.ts'
import type { Entry } from '../store.ts'
import type { Call, Served, World } from '../world.ts'
import { begin, refuseStale, repeated, setLabels } from './changes.ts'
import { metadataBody } from './instance-body.ts'
import type { MetadataAsked } from './instance-body.ts'
import { detach } from './instance-disks.ts'
import { external } from './instance-network.ts'
import { accountsBody, actingAs } from './instance-insert.ts'
import type { AccountAsked } from './instance-insert.ts'
import { aggregatedList, list } from './lists.ts'
import { processorsOf } from './machine-types.ts'
import { regionOf } from './places.ts'
import { requireQuota } from './quotas.ts'
import { lastOf, linkTo, requireReady, targetOf } from './references.ts'

const target = (call: Call, world: World): Entry => targetOf(call, 'instances', world)

const changed = (entry: Entry, body: JsonObject): Entry => ({ ...entry, body: { ...entry.body, ...body } })

/** A change to a machine: once for one request id. */
const mutation = (
  change: (entry: Entry, call: Call, world: World) => JsonObject,
  checks?: Served['checks'],
): Served => ({
  ...(checks !== undefined && { checks }),
  handle: (call, world) => repeated(call, world) ?? change(target(call, world), call, world),
})

export const getInstance: Served = { handle: (call, world) => target(call, world).body }

/**
 * What a machine said on its first serial port, from some byte on.
 * https://cloud.google.com/compute/docs/reference/rest/v1/instances/getSerialPortOutput
 */
export const getSerialPortOutput: Served = {
  handle: (call, world) => {
    const { name, serialOutput = '' } = target(call, world)
    const said = (only(call.query, 'port') ?? '1') === '1' ? Buffer.from(serialOutput) : Buffer.alloc(0)
    const start = Number(only(call.query, 'start') ?? 0)
    return {
      kind: 'compute#serialPortOutput',
      contents: said.subarray(start).toString(),
      start: `${start}`,
      next: `${said.length}`,
      selfLink: `${linkTo(name)}/serialPort`,
    }
  },
}

export const listInstances = list({ collection: 'instances', kind: 'instance' })
export const aggregateInstances = aggregatedList({ collection: 'instances', kind: 'instance' })

export const stopInstance = mutation((entry, call, world) => {
  if (entry.body['status'] === 'TERMINATED') return begin({ call, entry }, world)
  requireReady(entry, world)
  const stopping = changed(entry, { status: 'STOPPING' })
  world.store.put(stopping)
  const stopped = (now: Entry): Entry =>
    changed(now, { status: 'TERMINATED', lastStopTimestamp: computeTime(world.clock.nowMs()) })
  const undo = (now: Entry): Entry => changed(now, { status: 'RUNNING' })
  return begin({ call, entry: stopping, finish: stopped, undo }, world)
})

export const startInstance = mutation((entry, call, world) => {
  if (entry.body['status'] === 'RUNNING') return begin({ call, entry }, world)
  if (entry.body['status'] !== 'TERMINATED')
    throw invalid(`The resource '${entry.name}' is not ready`, { reason: 'resourceNotReady' })
  const region = regionOf(call.path['zone'] ?? '', world, call.project)
  requireQuota(
    'CPUS',
    processorsOf(lastOf(asText(entry.body['machineType']))),
    { project: call.project, region },
    world,
  )
  const starting = changed(entry, { status: 'STAGING', lastStartTimestamp: computeTime(world.clock.nowMs()) })
  world.store.put(starting)
  const finish = (now: Entry): Entry => changed(now, { status: 'RUNNING' })
  return begin({ call, entry: starting, finish, undo: (now) => changed(now, { status: 'TERMINATED' }) }, world)
})

export const deleteInstance = mutation((entry, call, world) => {
  if (entry.body['deletionProtection'] === true)
    throw invalid(`Invalid resource usage: 'Resource cannot be deleted if it's protected against deletion.'.`, {
      reason: 'invalidResourceUsage',
    })
  const going = changed(entry, { status: 'STOPPING' })
  world.store.put(going)
  const finish = (now: Entry): undefined => {
    detach(now, world, (disk) => disk['autoDelete'] === true)
    world.store.delete(tunnelName(now))
  }
  return begin({ call, entry: going, finish, undo: () => entry }, world)
})

const tunnelName = ({ name, body }: Entry): string => {
  const [, project = '', , zone = ''] = name.split('/')
  return `projects/${project}/iap_tunnel/zones/${zone}/instances/${asText(body['id'])}`
}

export const setInstanceLabels = mutation((entry, call, world) => setLabels(call, world, entry))

/**
 * Who writes what a machine runs acts as its account; who only starts it runs what was there.
 * https://cloud.google.com/compute/docs/metadata/setting-custom-metadata#required-roles,
 * https://cloud.google.com/compute/docs/reference/rest/v1/instances/start#iam-permissions
 */
export const setInstanceMetadata = mutation(
  (entry, call, world) => {
    const asked = call.body as MetadataAsked
    refuseStale(asked.fingerprint, (entry.body['metadata'] as JsonObject)['fingerprint'], 'Metadata')
    const after = changed(entry, { metadata: metadataBody(asked) })
    world.store.put(after)
    return begin({ call, entry: after }, world)
  },
  ({ resource }, { store }) =>
    actingAs((store.find(resource)?.body['serviceAccounts'] ?? []) as readonly AccountAsked[]),
)

export const setInstanceAccount = mutation(
  (entry, call, world) => {
    if (entry.body['status'] !== 'TERMINATED')
      throw invalid('The instance must be stopped before the service account can be changed.')
    const after = changed(entry, { serviceAccounts: accountsBody([call.body], call, world) })
    world.store.put(after)
    return begin({ call, entry: after }, world)
  },
  ({ body }) => actingAs([body]),
)

/** Gives a machine an address that the whole internet reaches. */
export const addAccessConfig = mutation((entry, call, world) => {
  const wanted = only(call.query, 'networkInterface')
  const faces = (entry.body['networkInterfaces'] ?? []) as readonly JsonObject[]
  const face = faces.find(({ name }) => name === wanted)
  if (face === undefined) throw invalid(`Invalid value for field 'networkInterface': '${wanted}'.`)
  if (face['accessConfigs'] !== undefined) throw invalid('At most one access config currently supported.')
  const open = { ...face, accessConfigs: [external(call.body, 0)] }
  const after = changed(entry, { networkInterfaces: faces.map((one) => (one === face ? open : one)) })
  world.store.put(after)
  return begin({ call, entry: after }, world)
})

const policy: PolicyMethods = { holder: target, setPermission: 'compute.instances.setIamPolicy' }

export const getInstancePolicy = getIamPolicy(policy)
export const setInstancePolicy = setIamPolicy(policy)
export const testInstancePermissions = testIamPermissions((call, world) => target(call, world).name)
