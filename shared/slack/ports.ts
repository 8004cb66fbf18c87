import type { CommandPorts } from '../commands/ports.ts'
import type { Caller } from '../ports/people.ts'
import type { Notifier, Responder, SlackRecords } from '../ports/slack.ts'

/** Which Slack may ask, and what it is about. */
export type SlackSettings = {
  /** The workspaces that may ask, and the plane that each one means. */
  readonly teams: ReadonlyMap<string, string>
  /** The only app whose requests are answered. */
  readonly app?: string | undefined
  /** Where a one-time link is opened, without its code; undefined where there is no page for it. */
  readonly linkUrl?: string | undefined
}

/** All that answering Slack needs of the world. */
export type SlackPorts = {
  readonly settings: SlackSettings
  readonly records: SlackRecords
  readonly notifier: Notifier
  readonly responder: Responder
  readonly commands: CommandPorts
  /** Who somebody is here, by the e-mail address that a link was opened with. */
  readonly callerOf: (email: string) => Caller
  /** Resolves after a while; nothing waits for it to end the process. */
  readonly after: (ms: number) => Promise<unknown>
  /** A hash that is the same for the same text, as hexadecimal digits. */
  readonly hash: (text: string) => string
}
