import type { Place } from '../documents/names.ts'
import type { Surface } from './specs.ts'

/** What a person may do in a plane, besides what is their own. */
export type Role = 'admin' | 'viewer' | 'none'

/** Who asks, as an authenticator proved it. */
export type Caller = {
  /** An e-mail address, as it stands in the audit trail. */
  readonly actor: string
  /** What the caller is in every plane; without it, what the plane's own members say. */
  readonly role?: Role
  /** Where the caller is, when the proof itself says so. */
  readonly surface?: Surface
  /** Whether the agents of this owner are the caller's own. */
  readonly owns: (owner: string) => boolean
}

/** What an authenticator found out about a request. */
export type Authentication =
  | { readonly is: 'caller'; readonly caller: Caller }
  /** Nobody has signed in, or the proof is wrong or old. */
  | { readonly is: 'anonymous'; readonly message: string }
  /** Whoever it is, the request did not come from where requests may come from. */
  | { readonly is: 'foreign'; readonly message: string }

/** Finds out who sent a request. */
export type Authenticate = (request: Request) => Promise<Authentication>

/** How a person reaches their agent's Control UI. A token is as good as a password, and so is an address that has it. */
export type AgentAddress = {
  /** Opens the Control UI: signed in, where there is a token. */
  readonly url: string
  readonly token?: string
  /** What its owner has to run first, where the agent is on another computer: the way there, then what prints the token. */
  readonly commands?: readonly string[]
  /** A command that asks the agent something from a terminal, after those. It holds no secret. */
  readonly ask: string
}

/** How agents of this backend are reached; `undefined` while there is nothing to reach. */
export type OwnerAccess = { show(place: Place): Promise<AgentAddress | undefined> }

/** Takes values of secrets. Nothing reads one back. */
export type ValueVault = {
  readonly takes: 'values'
  /** Adds the newest value of a secret. @throws ProviderError NotFound while the secret has not been made */
  put(place: Place, key: string, value: string): Promise<void>
}

/** Where values do not pass through the control plane: their owner runs a command, with the value on its standard input. */
export type OwnersVault = {
  readonly takes: 'nothing'
  command(place: Place, key: string): string
  /** Which secret of which project of Google's gets the value; absent where nothing is sent to Google. */
  placeOf?(place: Place, key: string): { readonly project: string; readonly secret: string }
}

/** Where values of secrets go. */
export type Vault = ValueVault | OwnersVault
