import { asText } from '../json.ts'
import { invalid } from '../errors.ts'
import { fingerprint } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { Call, Check, World } from '../world.ts'
import { projectOf } from '../iam/subjects.ts'
import { addressOf, contains, rangeOf, showAddress } from './addresses.ts'
import { regionOf } from './places.ts'
import { quotaExceeded } from './quotas.ts'
import { linkTo, nameOf, refer } from './references.ts'

// https://cloud.google.com/vpc/docs/quota#per_network
const MOST_IN_NETWORK = 15_000

/** A network interface as an instance's insert asks for it. */
export type InterfaceAsked = {
  readonly network?: string
  readonly subnetwork?: string
  readonly networkIP?: string
  readonly accessConfigs?: readonly JsonObject[]
  readonly stackType?: string
  readonly nicType?: string
}

/** Permissions to be in these subnetworks, and to have external addresses. */
export const interfaceChecks = (interfaces: readonly InterfaceAsked[], call: Call): readonly Check[] =>
  interfaces.flatMap(({ subnetwork, accessConfigs }, index) => {
    if (subnetwork === undefined) return []
    const resource = nameOf(subnetwork, `networkInterfaces[${index}].subnetwork`, call.project)
    return [
      { permission: 'compute.subnetworks.use', resource },
      ...(accessConfigs === undefined || accessConfigs.length === 0
        ? []
        : [{ permission: 'compute.subnetworks.useExternalIp', resource }]),
    ]
  })

/** The interfaces an instance will have, each with an address of its subnetwork. Throws for what is not in its region. */
export function prepareInterfaces(
  interfaces: readonly InterfaceAsked[],
  call: Call,
  world: World,
): readonly JsonObject[] {
  if (interfaces.length === 0)
    throw invalid("Invalid value for field 'resource.networkInterfaces': at least one is required.", {
      reason: 'required',
    })
  return interfaces.map((asked, index) => prepare(asked, index, call, world))
}

function prepare(asked: InterfaceAsked, index: number, call: Call, world: World): JsonObject {
  const field = `networkInterfaces[${index}]`
  const { project } = call
  if (asked.subnetwork === undefined || asked.subnetwork === '')
    throw invalid(
      `Invalid value for field 'resource.${field}.subnetwork': a network in custom mode needs a subnetwork.`,
    )
  const scope = `projects/${project}/regions/${regionOf(call.path['zone'] ?? '', world, project)}`
  const subnetwork = refer(
    asked.subnetwork,
    { collection: 'subnetworks', field: `${field}.subnetwork`, scope },
    call,
    world,
  )
  const network = asText(subnetwork.body['network'])
  if (
    asked.network !== undefined &&
    asked.network !== '' &&
    linkTo(nameOf(asked.network, `${field}.network`, project)) !== network
  )
    throw invalid(`Invalid value for field 'resource.${field}.network': the subnetwork is in '${network}'.`)
  if (interfacesIn(project, world).filter((face) => face['network'] === network).length >= MOST_IN_NETWORK)
    throw quotaExceeded('INSTANCES_PER_NETWORK_GLOBAL', MOST_IN_NETWORK, '')
  const networkIP = addressIn(
    subnetwork.name,
    asText(subnetwork.body['ipCidrRange']),
    asked.networkIP,
    `${field}.networkIP`,
    world,
  )
  const body = {
    kind: 'compute#networkInterface',
    name: `nic${index}`,
    network,
    subnetwork: linkTo(subnetwork.name),
    networkIP,
    stackType: asked.stackType ?? 'IPV4_ONLY',
    ...(asked.nicType !== undefined && { nicType: asked.nicType }),
    ...(asked.accessConfigs !== undefined &&
      asked.accessConfigs.length > 0 && { accessConfigs: asked.accessConfigs.map(external) }),
  }
  return { ...body, fingerprint: fingerprint(body) }
}

/** An external address as an interface shows it. */
export const external = (config: JsonObject, index: number): JsonObject => ({
  kind: 'compute#accessConfig',
  type: 'ONE_TO_ONE_NAT',
  name: 'external-nat',
  natIP: `203.0.113.${index + 10}`,
  networkTier: 'PREMIUM',
  ...config,
})

const interfacesIn = (project: string, { store }: World): readonly JsonObject[] =>
  store
    .list('instances', `projects/${project}/`)
    .flatMap(({ body }) => (body['networkInterfaces'] ?? []) as readonly JsonObject[])

/** Addresses machines of a subnetwork have. */
const addressesIn = (subnetwork: string, world: World): ReadonlySet<string> =>
  new Set(
    interfacesIn(projectOf(subnetwork), world)
      .filter((face) => face['subnetwork'] === linkTo(subnetwork))
      .map((face) => asText(face['networkIP'])),
  )

function addressIn(subnetwork: string, cidr: string, wanted: string | undefined, field: string, world: World): string {
  const range = rangeOf(cidr, field)
  const taken = addressesIn(subnetwork, world)
  if (wanted !== undefined && wanted !== '') {
    if (!contains(range, addressOf(wanted, field)))
      throw invalid(`Invalid value for field 'resource.${field}': '${wanted}' is not in ${cidr}.`)
    if (taken.has(wanted))
      throw invalid(`IP '${wanted}' is already being used by another resource.`, {
        reason: 'resourceInUseByAnotherResource',
      })
    return wanted
  }
  // The first two and the last two addresses of a range are Google's own.
  for (let at = range.first + 2; at < range.first + range.size - 2; at += 1)
    if (!taken.has(showAddress(at))) return showAddress(at)
  throw invalid(`IP_SPACE_EXHAUSTED: the subnetwork '${subnetwork}' has no address left.`, {
    reason: 'ipSpaceExhausted',
  })
}
