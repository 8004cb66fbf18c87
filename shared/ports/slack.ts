import type { KnownBlock, ModalView } from '@slack/types'
import { z } from 'zod'
import type { AuditEntry, Trail } from './specs.ts'

/** Somebody in Slack. An organisation of several workspaces has ids of its own, and its people are the same in each. */
export const SlackPerson = z.object({
  enterprise: z.string().max(32).optional(),
  team: z.string().min(1).max(32),
  user: z.string().min(1).max(32),
})
export type SlackPerson = z.infer<typeof SlackPerson>

/** What Slack says somebody is. Only a `member` of the workspace may ask for anything. */
export const Standing = z.enum(['member', 'guest', 'bot', 'deleted', 'stranger'])
export type Standing = z.infer<typeof Standing>

/** What is kept of somebody: what Slack said, when, and whose account it is here, once linked. */
export const KnownPerson = z.object({
  standing: Standing.optional(),
  checkedAtMs: z.number().default(0),
  email: z.string().optional(),
})
export type KnownPerson = z.infer<typeof KnownPerson>

/** Something that may be taken up for a while by the person it was made for. */
export const Offer = z.discriminatedUnion('for', [
  /** One that was taken stays for a while: whoever missed the answer asks again. */
  z.object({ for: z.literal('link'), person: SlackPerson, plane: z.string(), taken: z.literal(true).optional() }),
  z.object({
    for: z.literal('removal'),
    person: SlackPerson,
    plane: z.string(),
    name: z.string(),
    uid: z.string(),
  }),
])
export type Offer = z.infer<typeof Offer>
export type LinkOffer = Extract<Offer, { for: 'link' }>
export type Removal = Extract<Offer, { for: 'removal' }>

/** Where a message is, as `chat.update` wants it. */
export const Position = z.object({ channel: z.string(), ts: z.string() })
export type Position = z.infer<typeof Position>

/**
 * Whom to show how an agent changes, and what was shown of it: one for each person and agent. Times are milliseconds
 * since 1970.
 */
export const Watch = z.object({
  plane: z.string(),
  uid: z.string(),
  person: SlackPerson,
  /**
   * Whether the agent is to come or to go: a status of before that was asked shows neither. Who asked for nothing is told
   * that it is in trouble, until that is over.
   */
  awaits: z.enum(['present', 'absent', 'calm']),
  /** The spec that is to be made true: the phase of an agent proves nothing of a later one. */
  generation: z.string().optional(),
  /** Steps that had failed before it was asked, and when: they say nothing until they fail again. */
  old: z.array(z.string()).default([]),
  message: Position.optional(),
  /** What the message shows, as a hash. */
  shown: z.string().optional(),
  shownAtMs: z.number().default(0),
  /** What somebody is about to show, and until when nobody else may. */
  sending: z.object({ hash: z.string(), untilMs: z.number() }).optional(),
  /** The last phase that the person was told of by a message of its own. */
  told: z.string().optional(),
})
export type Watch = z.infer<typeof Watch>
/** Which watch is meant. */
export type WatchKey = Pick<Watch, 'plane' | 'uid' | 'person'>
/** A watch beside the version that it stands at. */
export type KeptWatch = { readonly version: string; readonly watch: Watch }

/** Whether a request is new. A repeat comes with what was answered, once it has been. */
export type Claim = { readonly is: 'first' } | { readonly is: 'repeat'; readonly answer?: string }

/** What is remembered of Slack. Ids and codes are kept as hashes, and everything but links for a while only. */
export type SlackRecords = {
  /** Whoever is first with an id has it. */
  claim(requestId: string, nowMs: number): Promise<Claim>
  keepAnswer(requestId: string, answer: string): Promise<void>

  findPerson(person: SlackPerson): Promise<KnownPerson | undefined>
  putStanding(person: SlackPerson, standing: Standing, checkedAtMs: number): Promise<void>
  /** Says whose account it is here; undefined forgets it. With an entry for a plane's trail, both or neither. */
  putLink(person: SlackPerson, email: string | undefined, trail?: Trail): Promise<void>
  /** The same by an offer, which is taken by the same write. False when it is over or was taken. */
  takeLink(code: string, nowMs: number, email: string, entry: AuditEntry): Promise<boolean>
  /** Everybody who is linked to an account. */
  listLinked(email: string): Promise<readonly SlackPerson[]>

  /** The code that finds it: 256 random bits, of which only a hash is kept. People type it, so no sign begins it. */
  putOffer(offer: Offer, untilMs: number): Promise<string>
  /** Undefined when it is over or was taken; only a link that was taken says so. */
  findOffer(code: string, nowMs: number): Promise<Offer | undefined>
  /** The same, for the first who asks. */
  takeOffer(code: string, nowMs: number): Promise<Offer | undefined>

  putWatch(watch: Watch, untilMs: number): Promise<void>
  /** The same, unless the person has one of this agent. */
  createWatch(watch: Watch, untilMs: number): Promise<void>
  findWatch(key: WatchKey): Promise<KeptWatch | undefined>
  /** Everybody's on one agent, save those that are over. */
  listWatches(plane: string, uid: string, nowMs: number): Promise<readonly KeptWatch[]>
  /** False when somebody changed it since `version`. */
  updateWatch(watch: Watch, version: string): Promise<boolean>
  /** With a `version`, only if nobody changed it since. */
  removeWatch(key: WatchKey, version?: string): Promise<void>
}

/** A message: `text` says all of it, for notifications and screen readers. */
export type SlackMessage = { readonly text: string; readonly blocks?: readonly KnownBlock[] }

/** What Slack knows of a user. https://docs.slack.dev/reference/objects/user-object */
export type SlackUser = {
  readonly team?: string | undefined
  readonly enterprise?: string | undefined
  readonly isDeleted: boolean
  readonly isBot: boolean
  readonly isGuest: boolean
  readonly isStranger: boolean
}

/** Slack's Web API, as far as the bot uses it. @throws ProviderError */
export type SlackApi = {
  findUser(user: string): Promise<SlackUser>
  openView(triggerId: string, view: ModalView): Promise<void>
  /** To a channel, or to a user as a direct message. */
  post(channel: string, message: SlackMessage): Promise<Position>
  update(position: Position, message: SlackMessage): Promise<void>
}

/** Something only the holder of the bot's token can do. It says which, and what is looked up. */
export const Errand = z.discriminatedUnion('do', [
  z.object({ do: z.literal('check'), person: SlackPerson }),
  z.object({ do: z.literal('open'), triggerId: z.string(), offer: z.string() }),
])
export type Errand = z.infer<typeof Errand>

/** What an errand is called as an event. */
export const ERRAND_TYPE = 'agents-plane.slack.errand'

/** Asks the holder of the bot's token, and waits until it is done. @throws ProviderError */
export type Notifier = { run(errand: Errand): Promise<void> }

/** Answers later than in the response, by the address that came with the request. @throws ProviderError */
export type Responder = { respond(responseUrl: string, message: SlackMessage): Promise<void> }
