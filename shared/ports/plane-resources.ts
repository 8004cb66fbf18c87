import type { PlanePlace } from '../documents/names.ts'
import type { Reported } from '../documents/outcome.ts'
import type { AgentsPlace } from '../documents/subject.ts'
import type { Intent } from './intent.ts'

/** The outcome of looking at a plane's project. */
export type Capacity = {
  readonly agentsThatFit: number
  readonly limitedBy: string
  readonly fix: string
  /** The region's zones that agents may be in, in a constant order; empty where there is only one place. */
  readonly zones: readonly string[]
  /** What machines' tokens call the project besides its id; absent where projects have no number. */
  readonly projectNumber?: string
}

/** What a plane finds in its project, and makes there for all its agents. */
export type PlaneResources = {
  /** What a person has to do for each needed service that is off, e.g. `enable compute.googleapis.com`. */
  missingServices(place: PlanePlace): Promise<readonly string[]>
  /** How many more agents fit, each on a machine of the place's type. */
  capacity(place: AgentsPlace): Promise<Capacity>
  /** Which permissions the functions lack. */
  missingGrants(place: PlanePlace): Promise<readonly string[]>
  /** Who but an agent could read its secrets, worked out from the policies in force. */
  separation(place: PlanePlace): Promise<Reported>
  findNetwork(place: PlanePlace): Promise<Network | undefined>
  /** Makes what is missing of it, as far as one attempt gets. */
  createNetwork(intent: Intent, place: PlanePlace): Promise<void>
  /** Takes it down, as far as one attempt gets. */
  deleteNetwork(intent: Intent, place: PlanePlace): Promise<void>
}

/** What all agents of a plane share. */
export type Network = {
  readonly id: string
  readonly ours: boolean
  /** Its parts that are not there, or not as they have to be; in words for a person. */
  readonly missing: readonly string[]
}
