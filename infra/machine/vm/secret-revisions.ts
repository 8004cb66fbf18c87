import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { SECRET_PROVIDER } from '../../../shared/openclaw/secret-ref.ts'
import { NO_VALUE } from './broker.ts'
import { isObject, jsonObject } from './parsed.ts'

/** Knows, now and then, whether any of some secrets got another value. */
export type SecretRevisions = (ids: readonly string[]) => Promise<string>

/** Owners wait for the first value; a later one may take a while, and every look is a paid read of each secret. */
const MISSING_EVERY_MS = 15_000
const PRESENT_EVERY_MS = 300_000
const TIMEOUT_MS = 15_000

/** @param socket the broker's. What cannot be asked just now stands as it was. */
export function secretRevisions(socket: string, clock: { nowMs(): number }): SecretRevisions {
  let revision = ''
  let asked = ''
  let askAtMs = 0
  return async (ids) => {
    const wanted = ids.join(' ')
    if (wanted === asked && clock.nowMs() < askAtMs) return revision
    const answer = ids.length === 0 ? '' : await ask(socket, ids).catch(() => undefined)
    if (answer !== undefined) [revision, asked] = [answer, wanted]
    const isWaiting = answer === undefined || answer.split(' ').some((mark) => mark.endsWith(`=${NO_VALUE}`))
    askAtMs = clock.nowMs() + (isWaiting ? MISSING_EVERY_MS : PRESENT_EVERY_MS)
    return revision
  }
}

async function ask(socket: string, ids: readonly string[]): Promise<string | undefined> {
  const connection = connect({ path: socket, allowHalfOpen: true })
  connection.setTimeout(TIMEOUT_MS, () => connection.destroy(new Error('the broker does not answer')))
  connection.end(JSON.stringify({ revisionOf: ids }))
  const revision = jsonObject(await text(connection))?.['revision']
  return typeof revision === 'string' ? revision : undefined
}

/** Names of the agent's own secrets that a configuration refers to. */
export function secretsIn(settings: unknown): readonly string[] {
  const found = new Set<string>()
  const look = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) look(item)
    if (!isObject(value)) return
    const { source, provider, id } = value
    if (source === 'exec' && provider === SECRET_PROVIDER && typeof id === 'string') found.add(id)
    for (const field of Object.values(value)) look(field)
  }
  look(settings)
  return [...found].toSorted()
}
