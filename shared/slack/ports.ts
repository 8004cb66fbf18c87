import type { CommandPorts } from '../commands/ports.ts'
import type { Clock } from '../ports/clock.ts'
import type { Caller } from '../ports/people.ts'
import type { Notifier, Responder, SlackApi, SlackRecords } from '../ports/slack.ts'
import type { SpecWriter } from '../ports/specs.ts'

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

/** All that the holder of the bot's token needs. */
export type NotifyPorts = {
  readonly records: SlackRecords
  /** The workspaces whose people are told of what they did not ask for. */
  readonly teams: SlackSettings['teams']
  readonly slack: () => Promise<SlackApi>
  readonly statuses: Pick<SpecWriter, 'getAgentStatus' | 'listMembers'>
  readonly clock: Clock
  readonly sleep: (ms: number) => Promise<unknown>
  readonly hash: (text: string) => string
}
