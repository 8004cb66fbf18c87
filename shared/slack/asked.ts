import { z } from 'zod'
import type { SlackPerson } from '../ports/slack.ts'
import { understand } from './intent.ts'
import type { Intent, Misunderstood } from './intent.ts'

const Id = z.string().min(1).max(64)
const Text = z.string().max(10_000)
const Named = z.object({ id: Id })
const Enterprise = Named.nullish()

/** https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling */
const CommandBody = z.object({
  command: z.string(),
  text: Text.default(''),
  api_app_id: Id.optional(),
  team_id: Id,
  enterprise_id: Id.optional(),
  user_id: Id,
  trigger_id: z.string().min(1).max(200),
  response_url: z.string().max(1000).optional(),
})

const interaction = {
  api_app_id: Id.optional(),
  team: Named.nullish(),
  enterprise: Enterprise,
  user: z.object({ id: Id, team_id: Id.optional() }),
  trigger_id: z.string().min(1).max(200),
}

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
const ActionBody = z.object({
  ...interaction,
  type: z.literal('block_actions'),
  response_url: z.string().max(1000).optional(),
  actions: z.array(z.object({ action_id: z.string().max(255), value: z.string().max(2000).optional() })).min(1),
})

const Typed = z.object({ value: Text.nullish() })

/** https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload */
const SubmissionBody = z.object({
  ...interaction,
  type: z.literal('view_submission'),
  view: z.object({
    callback_id: z.string().max(255),
    private_metadata: z.string().max(3000),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), Typed)) }),
  }),
})

type Sender = {
  readonly person: SlackPerson
  readonly app?: string | undefined
  /** Slack never uses one twice. */
  readonly triggerId: string
}

/** What a verified request asks for. */
export type Asked = Sender &
  (
    | { readonly is: 'command'; readonly intent: Intent | Misunderstood }
    | {
        readonly is: 'click'
        readonly action: string
        readonly value: string
        readonly responseUrl: string | undefined
      }
    | { readonly is: 'submission'; readonly view: string; readonly offer: string; readonly typed: string }
  )

const Body = z.union([CommandBody, ActionBody, SubmissionBody])

/** Reads a body whose signature was right; undefined when it is nothing that this app asks Slack for. */
export function readAsked(body: unknown): Asked | undefined {
  const { data } = Body.safeParse(body)
  if (data === undefined) return undefined
  if ('command' in data) return { is: 'command', intent: understand(data.text), ...commandSender(data) }
  const sender = interactionSender(data)
  if (sender === undefined) return undefined
  if (data.type === 'view_submission') {
    const [typed] = Object.values(data.view.state.values).flatMap((block) => Object.values(block))
    const { callback_id: view, private_metadata: offer } = data.view
    return { is: 'submission', view, offer, typed: typed?.value ?? '', ...sender }
  }
  const [action] = data.actions
  const { response_url: responseUrl } = data
  return { is: 'click', action: action?.action_id ?? '', value: action?.value ?? '', responseUrl, ...sender }
}

const commandSender = (body: z.infer<typeof CommandBody>): Sender => ({
  person: { team: body.team_id, user: body.user_id, ...(body.enterprise_id && { enterprise: body.enterprise_id }) },
  app: body.api_app_id,
  triggerId: body.trigger_id,
})

/** `team` is the workspace it happened in; an app of a whole organisation may get none, and has the user's then. */
function interactionSender(body: z.infer<typeof ActionBody> | z.infer<typeof SubmissionBody>): Sender | undefined {
  const team = body.team?.id ?? body.user.team_id
  if (team === undefined) return undefined
  const person = { team, user: body.user.id, ...(body.enterprise && { enterprise: body.enterprise.id }) }
  return { person, app: body.api_app_id, triggerId: body.trigger_id }
}
