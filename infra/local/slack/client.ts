import { WORKSPACE } from './people.ts'
import { clickBody, commandBody, signedHeaders, submissionBody } from './signed.ts'
import type { OpenView, Sender } from './signed.ts'
import { newResponsePath, newTrigger } from './stand-in.ts'
import type { Workspace } from './workspace.ts'

/** Where requests go, and what signs them. */
export type SlackClientOptions = {
  readonly workspace: Workspace
  readonly signingSecret: string
  /** The address of the function. */
  readonly functionUrl: string
  /** Where late answers are taken, without a path. */
  readonly ownUrl: string
}

/** What came back. */
export type Answered = { readonly status: number; readonly body: unknown }

/** What people do in Slack, as it reaches an app. */
export type SlackClient = {
  readonly command: (user: string, text: string) => Promise<Answered>
  readonly click: (user: string, action: { readonly id: string; readonly value: string }) => Promise<Answered>
  readonly submit: (view: OpenView, typed: string) => Promise<Answered>
}

/** Sends what somebody types and clicks to the function, signed as Slack signs it. */
export function slackClient({ workspace, signingSecret, functionUrl, ownUrl }: SlackClientOptions): SlackClient {
  const senderOf = (user: string): Sender => ({
    ...WORKSPACE,
    user,
    triggerId: newTrigger(workspace, user),
    responseUrl: ownUrl + newResponsePath(workspace, user),
  })
  const send = async (body: string): Promise<Answered> => {
    const headers = signedHeaders(body, signingSecret, workspace.clock.nowMs())
    const response = await fetch(functionUrl, { method: 'POST', headers, body })
    return { status: response.status, body: parsed(await response.text()) }
  }
  return {
    command: (user, text) => send(commandBody(text, senderOf(user))),
    click: (user, action) => send(clickBody(action, senderOf(user))),
    submit: async (view, typed) => {
      const answered = await send(submissionBody(view, typed, senderOf(view.user)))
      show(workspace, view, answered.body)
      return answered
    },
  }
}

/** What the answer makes of the dialog: it stays with errors, shows another view, or closes. */
function show({ views }: Workspace, open: OpenView, body: unknown): void {
  const { response_action: action, view } = (body ?? {}) as { response_action?: string; view?: unknown }
  if (action === 'update') views.set(open.id, { ...open, view })
  else if (action !== 'errors') views.delete(open.id)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
