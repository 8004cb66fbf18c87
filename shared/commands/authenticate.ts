import type { Authenticate, Authentication, Caller } from '../ports/people.ts'

/** Who runs the local plane. Every agent runs under this person's Unix user, so all of them are the person's own. */
export const LOCAL: Caller = { actor: 'local@localhost', role: 'admin', owns: () => true }

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]'])

const noPeople: Authenticate = async () => ({ is: 'anonymous', message: `The token is not this plane's.` })

/**
 * The local plane's caller: whoever can read the token's file, or who `people` knows by another token. Requests that a web page could have caused are refused:
 * another Host is a rebound name, another Origin somebody else's page.
 */
export const localCaller =
  (token: string, people = noPeople): Authenticate =>
  async (request) => {
    const foreign = foreignness(request)
    if (foreign !== undefined) return foreign
    const given = /^Bearer (\S+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
    if (given === undefined) return { is: 'anonymous', message: 'The request carries no token.' }
    return (await isSame(given, token)) ? { is: 'caller', caller: LOCAL } : people(request)
  }

function foreignness(request: Request): Authentication | undefined {
  const url = new URL(request.url)
  const origin = request.headers.get('origin')
  if (!LOOPBACK.has(url.hostname)) {
    return { is: 'foreign', message: 'The local API answers to 127.0.0.1 and localhost only.' }
  }
  if (origin !== null && origin !== url.origin) {
    return { is: 'foreign', message: 'The local API does not answer to pages of other origins.' }
  }
  return undefined
}

/** Compares hashes, so that time says nothing about how much of a guess was right. */
async function isSame(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map(digest))
  return a === b
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return new Uint8Array(hash).join()
}
