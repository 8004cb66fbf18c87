import {
  collection,
  deleteDoc,
  doc,
  getDoc,
  getDocs,
  query,
  serverTimestamp,
  setDoc,
  updateDoc,
  where,
  type Firestore,
} from 'firebase/firestore'
import { beforeAll, describe, expect, test } from 'vitest'
import { aPlane, anAgent, isAllowed, members, roles, rulesUnderTest, type Role } from './rules-environment.ts'

const rules = rulesUnderTest()

/** One document of each kind, what a client would add beside it, and what it would change. */
const documents = {
  plane: { path: 'planes/acme', added: 'planes/acme', data: aPlane(), change: { retentionDays: 3 } },
  agent: { path: 'planes/acme/agents/ada', added: 'planes/acme/agents/new', data: anAgent(), change: { restart: 1 } },
  member: {
    path: 'planes/acme/members/vera@acme.com',
    added: 'planes/acme/members/new@acme.com',
    data: { createdAt: serverTimestamp(), role: 'viewer' },
    change: { role: 'admin' },
  },
  agentStatus: {
    path: 'planes/acme/agentStatus/aaaaaaaaaa',
    added: 'planes/acme/agentStatus/bbbbbbbbbb',
    data: { uid: 'bbbbbbbbbb', owner: 'ada@acme.com', phase: 'Ready' },
    change: { phase: 'Ready' },
  },
  planeStatus: {
    path: 'planeStatus/pppppppppp',
    added: 'planeStatus/qqqqqqqqqq',
    data: { name: 'acme', phase: 'Ready' },
    change: { phase: 'Ready' },
  },
  lease: { path: 'planes/acme/leases/0', added: 'planes/acme/leases/1', data: { agents: {} }, change: { agents: {} } },
  audit: { path: 'planes/acme/audit/1', added: 'planes/acme/audit/2', data: { actor: 'x' }, change: { actor: 'y' } },
  cost: { path: 'planes/acme/costs/1', added: 'planes/acme/costs/2', data: { usd: 1 }, change: { usd: 0 } },
  'anything else': { path: 'other/1', added: 'other/2', data: { a: 1 }, change: { a: 2 } },
} as const

type Kind = keyof typeof documents
type Target = (typeof documents)[Kind]

const operations = {
  get: (store: Firestore, { path }: Target) => getDoc(doc(store, path)),
  list: (store: Firestore, { path }: Target) => getDocs(collection(store, path.slice(0, path.lastIndexOf('/')))),
  create: (store: Firestore, { added, data }: Target) => setDoc(doc(store, added), data),
  update: (store: Firestore, { path, change }: Target) => updateDoc(doc(store, path), change),
  delete: (store: Firestore, { path }: Target) => deleteDoc(doc(store, path)),
}

const looks: readonly Role[] = ['viewer', 'admin']
const nobody: readonly Role[] = []

/** Who may do what. Whoever is not named is refused. */
const allowed: Record<Kind, Record<keyof typeof operations, readonly Role[]>> = {
  plane: { get: looks, list: nobody, create: ['admin'], update: ['admin'], delete: nobody },
  agent: { get: ['owner', ...looks], list: looks, create: ['admin'], update: ['admin'], delete: nobody },
  member: { get: looks, list: looks, create: ['admin'], update: ['admin'], delete: nobody },
  agentStatus: { get: ['owner', ...looks], list: looks, create: nobody, update: nobody, delete: nobody },
  planeStatus: { get: looks, list: nobody, create: nobody, update: nobody, delete: nobody },
  lease: { get: looks, list: looks, create: nobody, update: nobody, delete: nobody },
  audit: { get: looks, list: looks, create: nobody, update: nobody, delete: nobody },
  cost: { get: looks, list: looks, create: nobody, update: nobody, delete: nobody },
  'anything else': { get: nobody, list: nobody, create: nobody, update: nobody, delete: nobody },
}

const everyone = Object.keys(roles) as Role[]
const cases = (Object.keys(documents) as Kind[]).flatMap((kind) =>
  (Object.keys(operations) as (keyof typeof operations)[]).map((operation) => ({ kind, operation })),
)

async function seedAll(): Promise<void> {
  const seeded = Object.values(documents).map(({ path, data }) => [path, data])
  await rules.seed({ ...Object.fromEntries(seeded), ...members })
}

beforeAll(seedAll)

describe.each(cases)('$operation of $kind', ({ kind, operation }) => {
  test.each(everyone)(`by %s is decided as the table says`, async (role) => {
    const target = operation === 'create' ? await uncreated(kind) : documents[kind]
    const ok = await isAllowed(operations[operation](rules.as(role), target))
    expect(ok).toBe(allowed[kind][operation].includes(role))
    if (ok && operation === 'update') await seedAll()
  })
})

/** A document that is not there yet. A plane's first admin comes from the deployment, before the plane. */
async function uncreated(kind: Kind): Promise<Target> {
  const { added, ...rest } = documents[kind]
  if (kind !== 'plane')
    return { ...rest, added: added.replace(/[^/]+$/, (last) => `n${crypto.randomUUID().slice(0, 8)}${last}`) } as Target
  const name = `p${crypto.randomUUID().slice(0, 8)}`
  await rules.seed({
    [`planes/${name}/members/root@acme.com`]: { createdAt: new Date(0), role: 'admin' },
    [`planes/${name}/members/vera@acme.com`]: { createdAt: new Date(0), role: 'viewer' },
  })
  return { ...rest, added: `planes/${name}` } as Target
}

const own = (path: string, owner: string) =>
  getDocs(query(collection(rules.as('owner'), path), where('owner', '==', owner)))

describe('an owner', () => {
  test('lists their own agents and statuses, and only by asking for their own', async () => {
    expect(await isAllowed(own('planes/acme/agents', 'ada@acme.com'))).toBe(true)
    expect(await isAllowed(own('planes/acme/agentStatus', 'ada@acme.com'))).toBe(true)
    expect(await isAllowed(own('planes/acme/agents', 'bob@acme.com'))).toBe(false)
    expect(await isAllowed(own('planes/acme/agentStatus', 'bob@acme.com'))).toBe(false)
  })
})
