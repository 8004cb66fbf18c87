import type { Clock } from './clock.ts'
import type { Method } from './gate/descriptions.ts'
import type { Query } from './gate/query.ts'
import type { Access } from './iam/evaluate.ts'
import type { Ids, Random } from './ids.ts'
import type { Json, JsonObject } from './json.ts'
import type { Operations } from './compute/operations.ts'
import type { Logs } from './logs.ts'
import type { Options } from './options.ts'
import type { Store } from './store.ts'
import type { Signer } from './tokens/signer.ts'
import type { Troubles } from './troubles.ts'

/** Everything there is in the simulated cloud, and everything that comes from outside it. */
export type World = {
  readonly clock: Clock
  readonly ids: Ids
  readonly random: Random
  readonly options: Options
  readonly store: Store
  readonly operations: Operations
  readonly access: Access
  readonly troubles: Troubles
  readonly logs: Logs
  /** Signs the identity tokens of machines. */
  readonly signer: Signer
}

/** One admitted, authenticated request. */
export type Call = {
  readonly method: Method
  readonly path: Readonly<Record<string, string>>
  readonly query: Query
  readonly body: JsonObject
  /** E-mail address of whoever calls. */
  readonly caller: string
  /** Project id, when the request is about one. */
  readonly project: string
  /** The resource or parent it is about, with the project's id. */
  readonly resource: string
}

/** A permission that must be held, and on what. */
export type Check = { readonly permission: string; readonly resource: string }

/** What serves one method. */
export type Served = {
  readonly handle: (call: Call, world: World) => Json | Promise<Json>
  /** The name the permission is checked on, where it is not `call.resource`. */
  readonly subject?: (call: Call) => string
  /** Permissions beyond the method's own, which depend on what is asked. */
  readonly checks?: (call: Call, world: World) => readonly Check[]
}
