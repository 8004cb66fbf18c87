import { asText, isObject } from '../../infra/local/gcp/json.ts'
import type { Entry } from '../../infra/local/gcp/store.ts'
import type { AgentRef, PlaneRef } from '../../shared/documents/ref.ts'
import type { Phase, Status } from '../../shared/documents/status.ts'
import { agentPath } from '../../shared/documents/uid.ts'
import { ADMIN } from './a-cloud.ts'
import type { Break } from './fleet-breaks.ts'
import type { Fleet } from './fleet.ts'
import { PROJECT } from './life-cloud.ts'

export type Fields = Readonly<Record<string, unknown>>

export const PLANE: Fields = {
  project: PROJECT,
  region: 'europe-west1',
  backend: 'vm',
  zones: ['europe-west1-b', 'europe-west1-c', 'europe-west1-d'],
}

/** An agent that touches every step. */
export const AGENT: Fields = {
  owner: 'ada@example.com',
  secrets: ['mail', 'notes'],
  egress: { mode: 'restricted', domains: ['api.openai.com'] },
}

const EDITED: Fields = {
  ...AGENT,
  machineType: 'e2-standard-2',
  secrets: ['calendar', 'notes'],
  channels: [{ kind: 'telegram' }],
}

/** One edit of an agent, and the phase it leads to. */
export type Chapter = { readonly name: string; readonly fields: Fields; readonly phase: Phase }

export const ADDED: Chapter = { name: 'add', fields: AGENT, phase: 'Ready' }
export const REMOVED: Chapter = {
  name: 'remove',
  fields: { ...EDITED, desiredState: 'removed', purge: true },
  phase: 'Purged',
}

/** Everything that happens to an agent. */
export const LIFE: readonly Chapter[] = [
  ADDED,
  { name: 'edit', fields: EDITED, phase: 'Ready' },
  { name: 'stop', fields: { ...EDITED, desiredState: 'stopped' }, phase: 'Stopped' },
  { name: 'start', fields: EDITED, phase: 'Ready' },
  REMOVED,
]

/** A plane that is Ready; what breaks on the way to it. */
export async function aPlane(fleet: Fleet, name = 'acme', broken?: Break): Promise<PlaneRef> {
  const { uid } = fleet.store.putPlane(name, PLANE)
  fleet.begin(uid, 'create', broken)
  const ref = await fleet.putPlane(name, PLANE)
  await fleet.until(uid, ({ phase }) => phase === 'Ready')
  return ref
}

/** Begins a chapter of an agent's life. */
export async function turnPage(fleet: Fleet, name: string, chapter: Chapter, broken?: Break): Promise<AgentRef> {
  const { uid } = fleet.store.putAgent('acme', name, chapter.fields)
  fleet.begin(uid, chapter.name, broken)
  return fleet.putAgent('acme', name, chapter.fields)
}

/** Whether a chapter of an agent's life is over. */
export const isOver =
  ({ store }: Fleet, { plane, name }: AgentRef, { phase }: Chapter) =>
  (status: Status): boolean =>
    status.phase === phase &&
    (phase === 'Purged' || status.observedGeneration === store.agents.get(agentPath(plane, name))?.generation)

const AUDITOR = 'user:auditor@example.com'

/** Somebody else's binding beside ours, which must outlive all that is done to ours. */
export async function addBystander({ cloud }: Fleet, resource: string): Promise<void> {
  const ask = async (httpMethod: string, verb: string, body = ''): Promise<Fields> => {
    const url = `/v1/${resource}:${verb}`
    const answer = await cloud.answer({ httpMethod, url, body, authorization: `Bearer sim:${ADMIN}` })
    if (answer === 'connection lost' || answer.status !== 200 || !isObject(answer.body))
      throw new Error(`${url}: ${JSON.stringify(answer)}`)
    return answer.body
  }
  const { etag, bindings } = await ask(resource.includes('/secrets/') ? 'GET' : 'POST', 'getIamPolicy')
  const added = { role: 'roles/viewer', members: [AUDITOR] }
  const policy = { version: 3, etag, bindings: [...((bindings ?? []) as readonly Fields[]), added] }
  await ask('POST', 'setIamPolicy', JSON.stringify({ policy }))
}

/** What stands of an agent or a plane, in words that are the same for all that are wanted alike. */
export function pictureOf({ cloud: { world } }: Fleet, uid: string): readonly string[] {
  const own = world.store.all().filter(({ collection, name }) => name.includes(uid) && !GONE.has(collection))
  const ids = own.filter(({ collection }) => collection === 'instances').map(({ body }) => asText(body['id']))
  const tunnels = world.store.list('tunnels', 'projects/').filter(({ name }) => ids.some((id) => name.includes(id)))
  const rules = world.store
    .list('firewallPolicies', 'projects/')
    .flatMap(({ body }) => (body['rules'] ?? []) as readonly Fields[])
    .map((rule) => JSON.stringify({ ...rule, priority: undefined }))
    .filter((rule) => rule.includes(uid))
  const rows = [...[...own, ...tunnels].map(rowOf), ...rules]
  return rows.map((row) => plain(row.replaceAll(uid, 'UID'))).toSorted()
}

/** Without ids, times and the zone, which may differ. */
const plain = (row: string): string => row.replaceAll(/\d{9,}/g, '#').replaceAll(/zones\/[^/]+/g, 'zones/*')

/** Accounts come back for a month, and the names of delivered messages are kept for a day. */
const GONE: ReadonlySet<string> = new Set(['deletedAccounts', 'tasks'])

function rowOf({ collection, name, body, policy }: Entry): string {
  const { status, machineType, labels, disabled } = body
  const bindings = policy?.bindings.map(({ role, members }) => `${role} ${members.toSorted().join(' ')}`).toSorted()
  return JSON.stringify([collection, name, status, machineType, labels, disabled, bindings])
}
