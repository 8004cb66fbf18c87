import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { initializeTestEnvironment, type RulesTestEnvironment } from '@firebase/rules-unit-testing'
import { doc, serverTimestamp, setDoc, setLogLevel, type Firestore } from 'firebase/firestore'
import { afterAll, beforeAll, inject } from 'vitest'

/** Who asks, and what their sign-in proves. */
export const roles = {
  anonymous: undefined,
  stranger: { email: 'mallory@acme.com', email_verified: true },
  owner: { email: 'ada@acme.com', email_verified: true },
  'other owner': { email: 'bob@acme.com', email_verified: true },
  'owner, unverified': { email: 'ada@acme.com', email_verified: false },
  viewer: { email: 'vera@acme.com', email_verified: true },
  admin: { email: 'root@acme.com', email_verified: true },
  'admin, unverified': { email: 'root@acme.com', email_verified: false },
  'admin of another plane': { email: 'root@other.com', email_verified: true },
} as const

export type Role = keyof typeof roles

/** A project with the real rules, and everybody's way into it. */
export type Rules = {
  as(role: Role): Firestore
  /** Writes documents past the rules. */
  seed(documents: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Promise<void>
}

/** The rules in a fresh project, for the tests of one file. */
export function rulesUnderTest(): Rules {
  let environment: RulesTestEnvironment | undefined
  const stores = new Map<Role, Firestore>()
  const ready = (): RulesTestEnvironment => {
    if (environment === undefined) throw new Error('the rules are used before the tests began')
    return environment
  }
  beforeAll(async () => {
    // A denied request is what most tests want; the client would print each.
    setLogLevel('silent')
    const [host = '', port = ''] = inject('firestoreHost').split(':')
    const rules = await readFile(new URL('../../infra/firestore.rules', import.meta.url), 'utf8')
    const projectId = `demo-${randomBytes(6).toString('hex')}`
    environment = await initializeTestEnvironment({ projectId, firestore: { host, port: Number(port), rules } })
  })
  afterAll(() => ready().cleanup())
  return {
    as: (role) => {
      const store = stores.get(role) ?? signIn(ready(), role)
      stores.set(role, store)
      return store
    },
    seed: async (documents) => {
      await ready().withSecurityRulesDisabled(async (context) => {
        const store = context.firestore() as unknown as Firestore
        await Promise.all(Object.entries(documents).map(([path, data]) => setDoc(doc(store, path), data)))
      })
    },
  }
}

function signIn(environment: RulesTestEnvironment, role: Role): Firestore {
  const token = roles[role]
  const context = token ? environment.authenticatedContext(token.email, token) : environment.unauthenticatedContext()
  return context.firestore() as unknown as Firestore
}

/** Whether the rules let an attempt through. Rejects when it failed for another reason. */
export async function isAllowed(attempt: Promise<unknown>): Promise<boolean> {
  try {
    await attempt
    return true
  } catch (error) {
    if (Object(error).code === 'permission-denied') return false
    throw error
  }
}

/** Members of the planes `acme` and `other`. */
export const members = {
  'planes/acme/members/root@acme.com': { createdAt: new Date(0), role: 'admin' },
  'planes/acme/members/vera@acme.com': { createdAt: new Date(0), role: 'viewer' },
  'planes/other/members/root@other.com': { createdAt: new Date(0), role: 'admin' },
}

/** The least a plane and an agent must say. */
export const aPlane = (overrides: Readonly<Record<string, unknown>> = {}) => ({
  createdAt: serverTimestamp(),
  project: 'acme-prod',
  region: 'us-east4',
  ...overrides,
})

export const anAgent = (overrides: Readonly<Record<string, unknown>> = {}) => ({
  createdAt: serverTimestamp(),
  owner: 'ada@acme.com',
  ...overrides,
})
