import { hash } from 'node:crypto'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/**
 * Ten characters `[a-z2-7]` that name a document for good: the same for every duplicate event and after a database
 * restore, never the same for a document that was deleted and created again.
 * @param path the document's path, e.g. `planes/acme/agents/ada`
 * @param createdAt the document's immutable `createdAt` field, as ISO 8601 text
 */
export function uidOf(path: string, createdAt: string): string {
  const bytes = hash('sha256', `${path}\n${createdAt}`, 'buffer')
  return [...bytes.subarray(0, 10)].map((byte) => ALPHABET[byte % 32]).join('')
}

/** The path of a plane's spec document. */
export const planePath = (plane: string): string => `planes/${plane}`

/** The path of an agent's spec document. */
export const agentPath = (plane: string, name: string): string => `planes/${plane}/agents/${name}`
