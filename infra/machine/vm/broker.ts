import { names } from '../../../shared/documents/names.ts'
import type { Facts } from './facts.ts'
import { isTexts, jsonObject } from './parsed.ts'
import { Refused } from './refused.ts'
import type { ReadSecret, SecretAnswer } from './secret-manager.ts'

/** Answers one request of the gateway's user, as text. Never rejects. */
export type Broker = (request: string) => Promise<string>

/** A secret's own name, and optionally which version of it. */
const ID = /^([a-z](?:[a-z0-9-]{0,38}[a-z0-9])?)(?:\/([1-9]\d{0,6}))?$/
const MAX_IDS = 64

type World = {
  readonly facts: Pick<Facts, 'project' | 'planeUid' | 'uid'>
  readonly read: ReadSecret
  readonly accessToken: () => Promise<string>
}

/**
 * Hands this agent's secrets to its gateway, and nobody else's: the names it asks for begin with the agent's own uids.
 * It speaks OpenClaw's protocol for resolvers (https://docs.openclaw.ai/gateway/secrets) and answers one question more:
 * `{"revisionOf": [ids]}` is a text that changes when a secret gets another value, and holds none.
 */
export function broker({ facts, read, accessToken }: World): Broker {
  const known = new Map<string, string>()
  const readAll = async (ids: readonly string[]): Promise<readonly Named[]> => {
    const token = await accessToken().catch(() => undefined)
    return Promise.all(ids.map(async (id) => [id, await readOne(token, id)] as const))
  }
  const readOne = async (token: string | undefined, id: string): Promise<Answer> => {
    const [, key, version = 'latest'] = ID.exec(id) ?? []
    if (key === undefined) return { error: 'INVALID_ID' }
    if (token === undefined) return { error: 'UNAVAILABLE' }
    return read(token, names.secret({ ...facts, region: '', zone: '' }, key), version)
  }
  return async (request) => {
    try {
      const { ids, revision } = parseRequest(request)
      const answers = await readAll(ids)
      return JSON.stringify(revision ? { revision: revisionOf(answers, known) } : resolved(answers))
    } catch (error) {
      return JSON.stringify({ error: error instanceof Refused ? error.message : 'the broker failed' })
    }
  }
}

type Answer = SecretAnswer | { readonly error: 'INVALID_ID' }
type Named = readonly [id: string, answer: Answer]

function parseRequest(text: string): { readonly ids: readonly string[]; readonly revision: boolean } {
  const { protocolVersion, ids, revisionOf } = jsonObject(text) ?? {}
  if (isTexts(revisionOf, MAX_IDS, 64)) return { ids: revisionOf, revision: true }
  if (protocolVersion !== 1) throw new Refused('the request is not one of protocol version 1')
  if (!isTexts(ids, MAX_IDS, 256)) throw new Refused(`the request has no list of at most ${MAX_IDS} ids`)
  return { ids, revision: false }
}

/** OpenClaw's answer: what was found, and why the rest was not. */
function resolved(answers: readonly Named[]): object {
  const values = answers.flatMap(([id, answer]) => ('value' in answer ? [[id, answer.value]] : []))
  const errors = answers.flatMap(([id, answer]) => ('error' in answer ? [[id, { code: answer.error }]] : []))
  return { protocolVersion: 1, values: Object.fromEntries(values), errors: Object.fromEntries(errors) }
}

/** Version numbers by id. What cannot be asked just now stands as it was. */
function revisionOf(answers: readonly Named[], known: Map<string, string>): string {
  for (const [id, answer] of answers)
    if ('version' in answer) known.set(id, answer.version)
    else if (answer.error !== 'UNAVAILABLE') known.set(id, NO_VALUE)
  return answers.map(([id]) => `${id}=${known.get(id) ?? NO_VALUE}`).join(' ')
}

/** How a secret without a readable value stands in a revision. */
export const NO_VALUE = '-'
