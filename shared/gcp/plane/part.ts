import { names } from '../../documents/names.ts'
import type { PlanePlace } from '../../documents/names.ts'
import type { Intent } from '../../ports/intent.ts'
import { requestIdOf } from '../compute/operations.ts'
import type { Operations } from '../compute/operations.ts'
import { answered, unless } from '../errors.ts'
import { once } from '../google.ts'
import type { Clients } from './clients.ts'
import { markOf } from './network-wanted.ts'

type Call = Parameters<Operations['run']>[2]
type CallOptions = Parameters<Call>[0]

/** One of the things a plane's network consists of, as its kind of resource is read and changed. */
export type Kind<Found extends Marked> = {
  /** For a person: `subnetwork`. */
  readonly noun: string
  readonly isRegional: boolean
  read(clients: Clients, place: PlanePlace, options: CallOptions): Promise<readonly [Found, ...unknown[]]>
  insertion(place: PlanePlace): Change
  /** What makes it what it has to be. */
  repairs(found: Found, place: PlanePlace): readonly Repair[]
  /** What takes it away, in this order. */
  removal(found: Found, place: PlanePlace): readonly Change[]
}

/** What is read of every kind. */
type Marked = { readonly id?: unknown; readonly description?: string | null }

/** One request that changes something. */
export type Change = {
  /** Tells the change from others of the same resource in one attempt: `insert`, `removeAssociation a`. */
  readonly verb: string
  send(clients: Clients, requestId: string, options: CallOptions): ReturnType<Call>
}

/** `problems` say to a person what is wrong; there is at least one. */
export type Repair = Change & { readonly problems: readonly string[] }

/** A part as it was read. `id` is Google's own, in digits. */
export type FoundPart = {
  readonly id: string
  readonly ours: boolean
  readonly repairs: readonly Repair[]
  readonly removal: readonly Change[]
}

/** One part of the plane's network. All of them bear the plane's name, each within its kind. */
export type Part = {
  /** For a person: `subnetwork ap-…`. */
  what(place: PlanePlace): string
  find(place: PlanePlace): Promise<FoundPart | undefined>
  readonly insertion: (place: PlanePlace) => Change
  /** @throws ProviderError, LeaseExpired */
  run(intent: Intent, place: PlanePlace, change: Change): Promise<void>
}

/** What parts are made with. */
export type Tools = { readonly clients: () => Promise<Clients>; readonly operations: Operations }

/** A part of one kind. */
export function part<Found extends Marked>(kind: Kind<Found>, { clients, operations }: Tools): Part {
  const what = (place: PlanePlace): string => `${kind.noun} ${names.network(place)}`
  return {
    what,
    find: async (place) => {
      const loaded = await clients()
      const answer = await unless(['NotFound'], answered(what(place), kind.read(loaded, place, once())))
      if (answer === undefined) return undefined
      const [found] = answer
      const ours = found.description === markOf(place)
      const [repairs, removal] = [kind.repairs(found, place), kind.removal(found, place)]
      return { id: String(found.id), ours, repairs, removal }
    },
    insertion: (place) => kind.insertion(place),
    run: async (intent, place, change) => {
      const loaded = await clients()
      const where = { project: place.project, ...(kind.isRegional && { region: place.region }) }
      const requestId = requestIdOf(intent, change.verb, what(place))
      await operations.run(intent, { what: what(place), where }, (options) => change.send(loaded, requestId, options))
    },
  }
}
