import type { Call } from '../../shared/api/contract.ts'

/** What every verb takes besides its own options. */
export type Common = {
  /** The state folder of the local plane, where it is not to be searched for. */
  readonly state?: string
  readonly json: boolean
}

/** Whether and how long to watch what was asked for happen. */
export type Waiting = { readonly wait: boolean; readonly timeoutMs: number }

export type OneAgent = { readonly plane: string; readonly name: string }

/** One command line, understood. */
export type Invocation =
  | { readonly verb: 'create'; readonly options: Common & { readonly fields: Call<'createPlane'> } }
  | { readonly verb: 'add-agent'; readonly options: Common & Waiting & { readonly fields: Call<'addAgent'> } }
  | { readonly verb: 'status'; readonly options: Common & StatusOptions }
  | { readonly verb: 'logs'; readonly options: Common & OneAgent & LogsOptions }
  | { readonly verb: 'retry'; readonly options: Common & Waiting & RetryOptions }
  | { readonly verb: 'remove-agent'; readonly options: Common & OneAgent & Waiting & RemoveOptions }
  | { readonly verb: 'secret set'; readonly options: Common & OneAgent & SecretOptions }
  | { readonly verb: 'grants'; readonly options: Common & GrantsOptions }
  | { readonly verb: 'open'; readonly options: Common & OneAgent }

export type StatusOptions = {
  readonly plane?: string
  readonly name?: string
  readonly watch: boolean
  /** Agents that left nothing behind are listed too. */
  readonly all: boolean
}
/** Without a name, the plane's own steps are meant. */
export type RetryOptions = { readonly plane: string; readonly name?: string }
export type LogsOptions = { readonly follow: boolean; readonly sinceMs: number }
export type RemoveOptions = { readonly purge: boolean; readonly yes: boolean }
export type SecretOptions = { readonly key: string; readonly model?: Call<'setSecret'>['model'] }

export type GrantsOptions = {
  /** What is granted on, by its id or number. */
  readonly on: { readonly kind: 'project' | 'organization'; readonly id: string }
  readonly controlProject: string
  readonly script: boolean
}

/** The options of one verb. */
export type OptionsOf<V extends Invocation['verb']> = Extract<Invocation, { verb: V }>['options']
