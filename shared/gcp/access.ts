import type { InstancesClient } from '@google-cloud/compute'
import { isOurs } from '../documents/labels.ts'
import { names } from '../documents/names.ts'
import type { Place } from '../documents/names.ts'
import type { Access } from '../ports/backend.ts'
import { ProviderError } from '../ports/errors.ts'
import { refuseAfter } from '../ports/intent.ts'
import { allSettled } from './all-settled.ts'
import { answered, unless } from './errors.ts'
import { connected, googleRequest, once } from './google.ts'
import type { Google } from './google.ts'
import { ACCOUNT_USER } from './identity.ts'
import type { IdentitySettings } from './identity.ts'
import { lazily } from './lazily.ts'
import { ownerInOrganisation } from './organisation.ts'
import { bindingsOf, changePolicy, heldOnlyBy, holdersOf, membersOf } from './policies.ts'
import type { Condition, Policy, PolicyHolder } from './policies.ts'
import { accountEmail, isOwn, serviceAccounts } from './service-accounts.ts'
import type { ServiceAccounts } from './service-accounts.ts'

/** Opens tunnels. https://cloud.google.com/iap/docs/using-tcp-forwarding#grant-permission */
export const TUNNEL_USER = 'roles/iap.tunnelResourceAccessor'
/** Logs in, without administering the machine. https://cloud.google.com/compute/docs/oslogin/set-up-oslogin */
export const OS_LOGIN = 'roles/compute.osLogin'

/** Nothing but a login comes through the tunnel. */
export const SSH_ONLY: Condition = { title: 'SSH only', expression: 'destination.port == 22' }
const PERSON = 'user:'

type Parts = {
  readonly google: Google
  readonly accounts: ServiceAccounts
  readonly instances: () => Promise<InstancesClient>
  /** Holds one of the roles on the agent's account for another reason. */
  readonly machineMember: string
}

/** One of the places where an owner's role stands. */
type Door = {
  readonly holder: PolicyHolder
  readonly role: string
  readonly condition?: Condition
  /** Members that hold the role too and are left alone. */
  readonly others: readonly string[]
}

/** The way in to agents' machines: a tunnel, a login and the right to act as the machine's account, for one person. */
export function googleAccess(google: Google, { machineAccount }: IdentitySettings): Access {
  const parts: Parts = {
    google,
    accounts: serviceAccounts(google),
    instances: lazily(() => connect(google)),
    machineMember: `serviceAccount:${machineAccount}`,
  }
  return {
    find: (place, machineId) => (machineId === undefined ? findAny(parts, place) : find(parts, place, machineId)),
    grant: async (intent, place, machineId, owner) => {
      const admit = (): void => refuseAfter(intent, google.clock.nowMs())
      admit()
      const doors = [...machineDoors(parts, place, machineId), await requireAccountDoor(parts, place)]
      await allSettled(doors.map((door) => set(door, [`${PERSON}${owner}`], admit)))
    },
    revoke: async (intent, place) => {
      const admit = (): void => refuseAfter(intent, google.clock.nowMs())
      admit()
      await allSettled((await allDoors(parts, place)).map((door) => set(door, [], admit)))
    },
    ownerLogin: ({ project }, owner) => ownerInOrganisation(google, project, owner),
  }
}

async function connect(google: Google): Promise<InstancesClient> {
  const { InstancesClient: Instances } = await import('@google-cloud/compute/build/src/v1/instances_client.js')
  return connected(Instances, google)
}

/** Who is through all the doors of this machine; whoever is through some of them is named as that. */
async function find(parts: Parts, place: Place, machineId: string): Promise<readonly string[]> {
  const account = await accountDoor(parts, place)
  if (account === undefined) return []
  const doors = [...machineDoors(parts, place, machineId), account]
  const held = await unless(['NotFound'], allSettled(doors.map(holders)))
  if (held === undefined) return []
  const everybody = [...new Set(held.flat())]
  return everybody.map((member) => (held.every((one) => one.includes(member)) ? member : `${member}, in part`))
}

/** Whoever is through any door. */
async function findAny(parts: Parts, place: Place): Promise<readonly string[]> {
  const held = await allSettled((await allDoors(parts, place)).map((door) => unless(['NotFound'], holders(door))))
  return [...new Set(held.flatMap((members) => members ?? []))]
}

async function holders({ holder, role, condition, others }: Door): Promise<readonly string[]> {
  const bindings = bindingsOf(await holder.read())
  const wanted = { prefix: PERSON, ...(condition && { condition }) }
  return holdersOf(bindings, role, wanted).filter((member) => !others.includes(member))
}

/** Makes these the only ones. What is gone already lets nobody in. */
async function set({ holder, role, condition, others }: Door, members: readonly string[], admit: () => void) {
  const change = changePolicy(
    holder,
    (bindings) => {
      const kept = membersOf(bindings, role).filter((member) => others.includes(member))
      return heldOnlyBy(bindings, role, [...kept, ...members], condition)
    },
    admit,
  )
  await (members.length === 0 ? unless(['NotFound'], change) : change)
}

/** Both hang on the machine's id: its successor starts with nobody. */
const machineDoors = (parts: Parts, place: Place, machineId: string): readonly Door[] => [
  { holder: tunnelPolicy(parts.google, place, machineId), role: TUNNEL_USER, condition: SSH_ONLY, others: [] },
  { holder: instancePolicy(parts, place, machineId), role: OS_LOGIN, others: [] },
]

async function accountDoor({ accounts, machineMember }: Parts, place: Place): Promise<Door | undefined> {
  const account = await accounts.find(place)
  if (account === undefined || !isOwn(account, place)) return undefined
  return { holder: accounts.policy(account), role: ACCOUNT_USER, others: [machineMember] }
}

async function requireAccountDoor(parts: Parts, place: Place): Promise<Door> {
  const door = await accountDoor(parts, place)
  if (door !== undefined) return door
  throw new ProviderError('NotFound', `account ${accountEmail(place)} does not exist or belongs to somebody else`)
}

/** The doors of what stands under this agent's names and is ours. */
async function allDoors(parts: Parts, place: Place): Promise<readonly Door[]> {
  const [account, machineId] = await Promise.all([accountDoor(parts, place), ownMachineId(parts, place)])
  return [...(account ? [account] : []), ...(machineId === undefined ? [] : machineDoors(parts, place, machineId))]
}

async function ownMachineId({ instances }: Parts, place: Place): Promise<string | undefined> {
  const { project, zone } = place
  const get = (await instances()).get({ project, zone, instance: names.machine(place) }, once())
  const [machine] = (await unless(['NotFound'], answered('Compute Engine', get))) ?? []
  return machine && isOurs(machine.labels ?? {}, place) ? String(machine.id) : undefined
}

function instancePolicy({ instances }: Parts, { project, zone }: Place, resource: string): PolicyHolder {
  const at = { project, zone, resource }
  return {
    read: async () => {
      const read = (await instances()).getIamPolicy({ ...at, optionsRequestedPolicyVersion: 3 }, once())
      return (await answered('Compute Engine', read))[0] as Policy
    },
    write: async (policy) => {
      const zoneSetPolicyRequestResource = { policy: policy as object }
      const write = (await instances()).setIamPolicy({ ...at, zoneSetPolicyRequestResource }, once())
      await answered('Compute Engine', write)
    },
  }
}

/** https://cloud.google.com/iap/docs/reference/rest/v1/V1/setIamPolicy */
function tunnelPolicy(google: Google, { project, zone }: Place, machineId: string): PolicyHolder {
  const resource = `v1/projects/${project}/iap_tunnel/zones/${zone}/instances/${machineId}`
  const post = (verb: string, body: object): Promise<Policy> =>
    googleRequest(google, { service: 'iap', method: 'POST', path: `${resource}:${verb}`, body })
  return {
    read: () => post('getIamPolicy', { options: { requestedPolicyVersion: 3 } }),
    write: (policy) => post('setIamPolicy', { policy }),
  }
}
