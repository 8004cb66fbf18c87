import type { Call } from '../../shared/api/contract.ts'
import type { CommandNode } from './command-tree.ts'

/** What every verb takes besides its own options. */
export type Common = {
  /** The state folder of the local plane, where it is not to be searched for. */
  readonly state?: string
  /** Which remembered installation, where it is not the current one. */
  readonly context?: string
  readonly json: boolean
  /** Where an error comes from is shown too. */
  readonly debug?: boolean
  /** Of verbs that change something: the same key asks for the same once, however often it is sent. */
  readonly idempotencyKey?: string
}

/** Only what would be is shown, where it is there. */
export type Imagining = { readonly dryRun?: boolean }

/** Whether to go on until Ctrl-C, printing what comes. */
export type Streaming = { readonly follow?: boolean; readonly watch?: boolean }

/** Whether a command line prints one result after another: as JSON, each is a line. */
export const isEndless = ({ follow, watch }: Common & Streaming): boolean => follow === true || watch === true

/** Whether and how long to watch what was asked for happen. */
export type Waiting = { readonly wait: boolean; readonly timeoutMs: number }

export type OneAgent = { readonly plane: string; readonly name: string }

/** One command line, understood. */
export type Invocation =
  | { readonly verb: 'create'; readonly options: Common & Waiting & { readonly fields: Call<'createPlane'> } }
  | { readonly verb: 'add-agent'; readonly options: Common & Waiting & { readonly fields: Call<'addAgent'> } }
  | { readonly verb: 'update-plane'; readonly options: Common & Waiting & { readonly fields: Call<'updatePlane'> } }
  | { readonly verb: 'remove-plane'; readonly options: Common & Waiting & RemovePlaneOptions }
  | { readonly verb: 'update-agent'; readonly options: Common & Waiting & { readonly fields: Call<'updateAgent'> } }
  | { readonly verb: 'start'; readonly options: Common & Waiting & OneAgent & Imagining }
  | { readonly verb: 'stop'; readonly options: Common & Waiting & OneAgent & Imagining }
  | { readonly verb: 'restart'; readonly options: Common & Waiting & OneAgent & Imagining }
  | { readonly verb: 'show'; readonly options: Common & OneAgent }
  | { readonly verb: 'cost'; readonly options: Common & { readonly plane: string; readonly name?: string } }
  | { readonly verb: 'audit'; readonly options: Common & Call<'readAudit'> & { readonly limit: number } }
  | { readonly verb: 'member list'; readonly options: Common & { readonly plane: string } }
  | { readonly verb: 'member add'; readonly options: Common & { readonly fields: Call<'putMember'> } }
  | { readonly verb: 'member remove'; readonly options: Common & RemoveMemberOptions }
  | LocalInvocation
  | { readonly verb: 'status'; readonly options: Common & StatusOptions }
  | { readonly verb: 'logs'; readonly options: Common & OneAgent & LogsOptions }
  | { readonly verb: 'retry'; readonly options: Common & Waiting & RetryOptions }
  | { readonly verb: 'remove-agent'; readonly options: Common & OneAgent & Waiting & RemoveOptions }
  | { readonly verb: 'secret set'; readonly options: Common & OneAgent & SecretOptions }
  | {
      readonly verb: 'slack link'
      readonly options: Common & Imagining & { readonly code: string; readonly yes: boolean }
    }
  | { readonly verb: 'open'; readonly options: Common & OneAgent }

/** What is done on this computer alone, whether or not there is a plane. */
export type LocalInvocation =
  | { readonly verb: 'grants'; readonly options: Common & GrantsOptions }
  | { readonly verb: 'slack manifest'; readonly options: Common & { readonly url: string } }
  | { readonly verb: 'doctor'; readonly options: Common & { readonly plane?: string } }
  | { readonly verb: 'completion'; readonly options: Common & CompletionOptions }
  | { readonly verb: 'login'; readonly options: Common & LoginOptions }
  | { readonly verb: 'logout'; readonly options: Common }
  | { readonly verb: 'context list'; readonly options: Common }
  | { readonly verb: 'context use'; readonly options: Common & { readonly name: string } }
  | { readonly verb: 'context remove'; readonly options: Common & { readonly name: string } }
  | { readonly verb: 'context add'; readonly options: Common & ContextOptions }

export type StatusOptions = {
  readonly plane?: string
  readonly name?: string
  readonly watch: boolean
  /** Agents that left nothing behind are listed too. */
  readonly all: boolean
}
/** Without a name, the plane's own steps are meant. */
export type RetryOptions = Imagining & { readonly plane: string; readonly name?: string }
export type LogsOptions = { readonly follow: boolean; readonly sinceMs: number }
export type RemoveOptions = Imagining & { readonly purge: boolean; readonly yes: boolean }
export type RemoveMemberOptions = { readonly fields: Call<'removeMember'>; readonly yes: boolean }
export type RemovePlaneOptions = Imagining & { readonly plane: string; readonly yes: boolean }
export type SecretOptions = Imagining & {
  readonly key: string
  readonly model?: Call<'setSecret'>['model']
  /** How long to wait for the place where the value goes. */
  readonly timeoutMs: number
}

export type GrantsOptions = {
  /** What is granted on, by its id or number. */
  readonly on: { readonly kind: 'project' | 'organization'; readonly id: string }
  readonly controlProject: string
  readonly script: boolean
  /** The script is to take it back. */
  readonly undo: boolean
}

export type CompletionOptions = { readonly shell: 'bash' | 'zsh' | 'fish'; readonly tree: CommandNode }

export type ContextOptions = {
  readonly name: string
  readonly url?: string
  readonly tokenFile?: string
  readonly tokenCommand?: string
  readonly clientFile?: string
}

/** Whether to open a browser, and how long to wait for somebody to sign in. */
export type LoginOptions = { readonly browser: boolean; readonly timeoutMs: number }

/** The options of one verb. */
export type OptionsOf<V extends Invocation['verb']> = Extract<Invocation, { readonly verb: V }>['options']
