import { readFile } from 'node:fs/promises'
import { vi } from 'vitest'
import type { Installation } from './installation.ts'
import type { OpenClaw } from './installed-plugin.ts'
import { PATIENT } from '../fakes/patience.ts'

type Answer = {
  readonly text?: string
  readonly blocks?: readonly { readonly elements?: readonly { readonly value?: string }[] }[]
}
type State = {
  readonly messages: readonly { readonly channel: string; readonly text: string }[]
  readonly views: readonly { readonly id: string; readonly user: string }[]
  readonly refusals: readonly unknown[]
}

/** Somebody at the page that plays Slack. */
export type SlackPerson = {
  /** Types `/planes …`; what is answered. Whoever is offered a removal presses its button and types the name into the dialog. */
  readonly typed: OpenClaw
  /** What the app has said in direct messages. */
  readonly messages: () => Promise<readonly string[]>
  /** What the stand-in found wrong with what the app sent. */
  readonly refusals: () => Promise<readonly unknown[]>
}

/** Plays one user of the simulated workspace, as its page does. */
export async function slackPerson(installation: Installation, user: string): Promise<SlackPerson> {
  const { urls, tokenFile } = await installation.local()
  const headers = {
    authorization: `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}`,
    'content-type': 'application/json',
  }
  const page = urls['slack simulator'] ?? ''
  const perform = async (deed: object): Promise<Answer> => {
    const response = await fetch(`${page}/do`, { method: 'POST', headers, body: JSON.stringify(deed) })
    const { status, body } = (await response.json()) as { readonly status: number; readonly body: Answer }
    if (status !== 200) throw new Error(`Slack was answered ${status}: ${JSON.stringify(body)}`)
    return body
  }
  const state = async (): Promise<State> => (await (await fetch(`${page}/state`, { headers })).json()) as State
  const remove = async (name: string, { blocks = [] }: Answer): Promise<void> => {
    const [value] = blocks.flatMap(({ elements = [] }) => elements.flatMap((element) => element.value ?? []))
    if (value === undefined) return
    await perform({ do: 'click', user, action: 'planes.remove', value })
    const opened = async () => (await state()).views.find((open) => open.user === user)
    const view = await vi.waitUntil(opened, PATIENT)
    await perform({ do: 'submit', view: view.id, typed: name })
    // It says what came of it until somebody closes it, and would be taken for the next one's.
    await perform({ do: 'close', view: view.id })
  }
  return {
    typed: async ([verb = '', ...rest]) => {
      const answer = await perform({ do: 'type', user, text: [verb, ...rest].join(' ') })
      if (verb === 'remove') await remove(rest.join(' '), answer)
      return { code: 0, stdout: answer.text ?? '', stderr: '' }
    },
    messages: async () =>
      (await state()).messages.filter(({ channel }) => channel === `D${user}`).map(({ text }) => text),
    refusals: async () => (await state()).refusals,
  }
}
