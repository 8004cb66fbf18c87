import type { Clock } from '../../../shared/ports/clock.ts'
import type { Somebody } from './people.ts'
import type { OpenView } from './signed.ts'

/** A message as the workspace shows it now. */
export type Shown = {
  readonly channel: string
  readonly ts: string
  readonly text: string
  readonly blocks: readonly unknown[]
  /** When it was posted and each time it was edited, in milliseconds. */
  readonly atMs: readonly number[]
}

type Issued = { readonly user: string; readonly atMs: number; left: number }

/** What a simulated workspace holds. */
export type Workspace = {
  readonly people: Somebody[]
  readonly clock: Clock
  /** How long after a request a dialog may be opened, in milliseconds. */
  readonly triggerMs: number
  readonly messages: Map<string, Shown>
  readonly views: Map<string, OpenView>
  /** Ids that let one dialog be opened, and addresses for late answers. */
  readonly triggers: Map<string, Issued>
  readonly addresses: Map<string, Issued>
  /** Calls that were refused, and why. */
  readonly refusals: string[]
  readonly newId: (prefix: string) => string
}

/** https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses */
const TRIGGER_MS = 3000

/** An empty workspace. */
export function workspace(people: readonly Somebody[], clock: Clock, triggerMs: number = TRIGGER_MS): Workspace {
  let ids = 0
  return {
    people: [...people],
    clock,
    triggerMs,
    messages: new Map(),
    views: new Map(),
    triggers: new Map(),
    addresses: new Map(),
    refusals: [],
    newId: (prefix) => `${prefix}${++ids}`,
  }
}

/** Keeps a message: a new one, or with `ts` an edit. */
export function keep(
  { messages, clock, newId }: Workspace,
  channel: string,
  { text, blocks }: Readonly<Record<string, unknown>>,
  ts: string = newId(`${Math.floor(clock.nowMs() / 1000)}.`),
): Shown {
  const shown = {
    channel,
    ts,
    text: typeof text === 'string' ? text : '',
    blocks: Array.isArray(blocks) ? blocks : [],
    atMs: [...(messages.get(`${channel} ${ts}`)?.atMs ?? []), clock.nowMs()],
  }
  messages.set(`${channel} ${ts}`, shown)
  return shown
}
