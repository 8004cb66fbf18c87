import type { ResourceLabels } from '../../documents/labels.ts'
import { names, uidsOf } from '../../documents/names.ts'
import type { PlanePlace } from '../../documents/names.ts'
import type { Inventory, Item } from '../../ports/backend.ts'
import { unless } from '../errors.ts'
import { googleRequest } from '../google.ts'
import type { Google, GoogleRequest } from '../google.ts'
import { isRecoverable } from '../secrets.ts'
import { describedBy } from './egress-rules.ts'
import type { FoundRule } from './egress-rules.ts'
import { machineLabelsIn } from './instance-body.ts'
import { deviationsOf } from './instance-posture.ts'
import type { Shown } from './instance-posture.ts'
import { lastOf, stateOf } from './instance-read.ts'

/**
 * Everything of a plane's agents. Lists are asked for the fields that are needed, which Google's clients cannot: a single
 * machine's metadata is larger than all of these. https://cloud.google.com/apis/docs/system-parameters
 * @throws ProviderError, rather than leave out a zone that does not answer
 */
export const googleInventory = (google: Google): Inventory => ({
  list: async function* (place) {
    const bootLabels = new Map<string, ResourceLabels>()
    yield* disks(google, place, bootLabels)
    yield* machines(google, place, bootLabels)
    for (const list of [secrets, accounts]) yield* list(google, place)
    yield await egressRules(google, place)
  },
})

type Lister = (google: Google, place: PlanePlace) => AsyncIterable<readonly Item[]>

/** What a zone holds, as Compute Engine lists it. */
type Zonal = {
  readonly id: string
  readonly name: string
  readonly zone: string
  readonly creationTimestamp: string
  readonly labels?: Readonly<Record<string, string>>
  readonly status?: string
  readonly metadata?: { readonly fingerprint?: string }
  readonly resourcePolicies?: readonly string[]
} & Shown

/** By zone and name: boot disks are not managed by themselves, and so are no items. */
type BootLabels = Map<string, ResourceLabels>

const keyOf = ({ zone, name }: Pick<Item, 'zone' | 'name'>): string => `${zone ?? ''}/${name}`

async function* machines(google: Google, place: PlanePlace, boot: BootLabels): AsyncIterable<readonly Item[]> {
  const itemOf = (found: Zonal): Item => {
    const item = zonalItem(found)
    const { project, region, planeUid } = place
    const deviations = deviationsOf(found, { project, region, planeUid, zone: item.zone ?? '', uid: item.uid })
    const fingerprint = found.metadata?.fingerprint ?? ''
    const bootLabels = machineLabelsIn(boot.get(keyOf(item)) ?? {})
    return { ...item, kind: 'machine', state: stateOf(found).state, bootLabels, deviations, fingerprint }
  }
  for await (const found of zonal(google, place, 'instances'))
    yield found.filter(isManaged).map(itemOf).filter(isOfAgent)
}

async function* disks(google: Google, place: PlanePlace, boot: BootLabels): AsyncIterable<readonly Item[]> {
  const itemOf = (found: Zonal): Item => {
    const scheduled = (found.resourcePolicies ?? []).map(lastOf).includes(names.snapshotSchedule(place))
    return { ...zonalItem(found), kind: 'disk', scheduled }
  }
  for await (const found of zonal(google, place, 'disks')) {
    for (const { zone, name, labels = {} } of found.filter((disk) => !isManaged(disk)))
      boot.set(keyOf({ zone: lastOf(zone), name }), labels)
    yield found.filter(isManaged).map(itemOf).filter(isOfAgent)
  }
}

const isManaged = ({ labels = {} }: Zonal): boolean => labels['ap-managed'] === 'true'

const zonalItem = ({ id, name, zone, creationTimestamp, labels = {} }: Zonal): Omit<Item, 'kind'> => ({
  uid: labels['ap-agent-uid'] ?? '',
  id,
  name,
  zone: lastOf(zone),
  createdAtMs: Date.parse(creationTimestamp),
  labels,
})

const COMMON = 'id,name,zone,creationTimestamp,labels,status'
const NETWORK = 'networkInterfaces(subnetwork,accessConfigs/name,ipv6AccessConfigs/name,aliasIpRanges)'
const FIELDS = {
  disks: `${COMMON},resourcePolicies`,
  instances: `${COMMON},${NETWORK},serviceAccounts,shieldedInstanceConfig,canIpForward,disks(boot,deviceName,source),metadata/fingerprint`,
} as const

/** Of all zones at once. */
async function* zonal(
  google: Google,
  { project, planeUid }: PlanePlace,
  collection: 'instances' | 'disks',
): AsyncIterable<readonly Zonal[]> {
  type Page = { readonly items?: Readonly<Record<string, Partial<Record<string, readonly Zonal[]>>>> }
  const pages = pagesOf<Page>(google, {
    service: 'compute',
    path: `compute/v1/projects/${project}/aggregated/${collection}`,
    query: {
      filter: `labels.ap-plane="${planeUid}"`,
      maxResults: '500',
      returnPartialSuccess: 'false',
      fields: `items/*/${collection}(${FIELDS[collection]}),nextPageToken`,
    },
  })
  for await (const { items = {} } of pages) {
    yield Object.values(items).flatMap((zone) => zone[collection] ?? [])
  }
}

const isOfAgent = ({ uid }: Item): boolean => uid !== ''

const secrets: Lister = async function* (google, { project, planeUid }) {
  type Found = {
    readonly name: string
    readonly createTime: string
    readonly labels?: Readonly<Record<string, string>>
    readonly versionDestroyTtl?: string
  }
  const pages = pagesOf<{ readonly secrets?: readonly Found[] }>(google, {
    service: 'secretmanager',
    path: `v1/projects/${project}/secrets`,
    query: { filter: `labels.ap-plane=${planeUid} AND labels.ap-managed=true`, pageSize: '5000' },
  })
  for await (const { secrets: found = [] } of pages)
    yield found
      .map(({ name, createTime, labels = {}, versionDestroyTtl = '0s' }): Item => {
        const uid = labels['ap-agent-uid'] ?? ''
        const id = lastOf(name).slice(names.account({ planeUid, uid }).length + 1)
        const recoverable = isRecoverable(versionDestroyTtl.replace(/s$/, ''))
        return { kind: 'secret', uid, id, name: lastOf(name), createdAtMs: Date.parse(createTime), labels, recoverable }
      })
      .filter(isOfAgent)
}

/** Accounts have no labels, cannot be filtered, and come by the hundred; their description says whose they are. */
const accounts: Lister = async function* (google, { project, planeUid }) {
  type Found = {
    readonly email: string
    readonly uniqueId: string
    readonly disabled?: boolean
    readonly description?: string
  }
  const pages = pagesOf<{ readonly accounts?: readonly Found[] }>(google, {
    service: 'iam',
    path: `v1/projects/${project}/serviceAccounts`,
    query: { pageSize: '100', fields: 'accounts(email,uniqueId,disabled,description),nextPageToken' },
  })
  for await (const { accounts: found = [] } of pages)
    yield found.flatMap(({ email, uniqueId, disabled = false, description = '' }): readonly Item[] => {
      const uids = uidsOf(email)
      if (uids?.planeUid !== planeUid || !description.includes(`ap-plane=${planeUid} `)) return []
      const name = email.slice(0, email.indexOf('@'))
      return [
        {
          kind: 'account',
          uid: uids.uid,
          id: uniqueId,
          name,
          createdAtMs: Number(/ ap-created=(\d+)/.exec(description)?.[1] ?? 0),
          disabled,
        },
      ]
    })
}

async function egressRules(google: Google, place: PlanePlace): Promise<readonly Item[]> {
  const policy = googleRequest<{ readonly rules?: readonly FoundRule[] }>(google, {
    service: 'compute',
    method: 'GET',
    path: `compute/v1/projects/${place.project}/global/firewallPolicies/${names.firewallPolicy(place)}`,
    query: { fields: 'rules(description)' },
  })
  const { rules = [] } = (await unless(['NotFound'], policy)) ?? {}
  const items = rules.flatMap((rule): readonly Item[] => {
    const described = describedBy(rule)
    if (described?.planeUid !== place.planeUid) return []
    const { uid, createdAtMs } = described
    const name = names.egressRule({ planeUid: place.planeUid, uid })
    return [{ kind: 'egress', uid, id: name, name, createdAtMs }]
  })
  return [...new Map(items.map((item) => [item.uid, item])).values()]
}

type Listed = { readonly nextPageToken?: string }

/** Page by page; one that is empty may have others after it. */
async function* pagesOf<T>(google: Google, request: Omit<GoogleRequest, 'method'>): AsyncIterable<Awaited<T>> {
  let pageToken: string | undefined
  do {
    const query = { ...request.query, ...(pageToken !== undefined && { pageToken }) }
    const page = (await googleRequest<unknown>(google, { ...request, method: 'GET', query })) as Awaited<T> & Listed
    yield page
    pageToken = page.nextPageToken
  } while (pageToken !== undefined && pageToken !== '')
}
