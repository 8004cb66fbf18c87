import { computeTime } from '../clock.ts'
import { alreadyExists, ApiError, invalid } from '../errors.ts'
import { only } from '../gate/query.ts'
import { fingerprint } from '../ids.ts'
import { asText, compact, textOf } from '../json.ts'
import type { Json, JsonObject } from '../json.ts'
import { checkLabels } from '../labels.ts'
import type { Collection, Entry } from '../store.ts'
import type { Call, World } from '../world.ts'
import { lastOf, linkTo, scopeOf } from './references.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const NO_UUID = '00000000-0000-0000-0000-000000000000'

/** What one accepted request changes, and when. */
type Change = {
  readonly call: Call
  readonly entry: Entry
  /** What the operation says it is about, where that is not the entry. */
  readonly reportedOn?: Entry | undefined
  /** Applied when the operation is done; it sees the entry as it is then. */
  readonly finish?: (entry: Entry) => Entry | undefined
  /** Applied when the operation fails. */
  readonly undo?: (entry: Entry) => Entry | undefined
}

/**
 * Accepts a change and answers with its operation. Whether it fails later is decided now, by the troubles in force.
 */
export function begin({ call, entry, reportedOn = entry, finish, undo }: Change, world: World): JsonObject {
  const { options, operations, troubles } = world
  const replace = (change: ((entry: Entry) => Entry | undefined) | undefined) => (): void => {
    const now = world.store.find(entry.name)
    // Somebody else may have taken the name in the meantime.
    if (change === undefined || now === undefined || now.body['id'] !== entry.body['id']) return
    const after = change(now)
    if (after === undefined) world.store.delete(entry.name)
    else world.store.put(after)
  }
  const { operations: latencies } = options.latencies
  return operations.start({
    scope: scopeOf(reportedOn.name),
    type: call.method.id.slice(call.method.id.lastIndexOf('.') + 1),
    user: call.caller,
    target: reportedOn.name,
    targetId: textOf(reportedOn.body, 'id'),
    latencyMs: latencies[call.method.id] ?? latencies.other,
    requestId: only(call.query, 'requestId'),
    ...troubles.ofOperation(call),
    finish: replace(finish),
    undo: replace(undo),
  })
}

/** The operation an earlier request with the same id started. Throws when the id is no UUID. */
export function repeated(call: Call, { operations }: World): JsonObject | undefined {
  const requestId = only(call.query, 'requestId')
  if (requestId !== undefined && requestId !== '' && (!UUID.test(requestId) || requestId === NO_UUID))
    throw invalid(`Invalid value for field 'requestId': '${requestId}'. A UUID that is not zero is expected.`)
  return operations.startedBy(call.project, requestId)
}

type Insertion = {
  readonly collection: Collection
  /** As in `compute#instance`. */
  readonly kind: string
  readonly name: string
  readonly body: JsonObject
  /** What changes in it when the operation is done. */
  readonly readyBody?: JsonObject
  readonly reportedOn?: Entry
  /** What else becomes true, or does not, with it. */
  readonly alsoFinish?: () => void
  readonly alsoUndo?: () => void
}

/** Makes a resource under a name nobody has; it can be used when its operation is done. Throws ALREADY_EXISTS. */
export function insert(call: Call, world: World, insertion: Insertion): JsonObject {
  const { collection, name, body, readyBody, reportedOn, alsoFinish, alsoUndo } = insertion
  if (world.store.find(name) !== undefined) throw alreadyExists(name)
  checkLabels(body['labels'])
  const made: Entry = {
    collection,
    name,
    createdAtMs: world.clock.nowMs(),
    readyAtMs: Number.POSITIVE_INFINITY,
    body: { ...common(insertion, world), ...compact(body) },
  }
  world.store.put(made)
  const finish = (entry: Entry): Entry => {
    alsoFinish?.()
    return { ...entry, readyAtMs: world.clock.nowMs(), body: { ...entry.body, ...readyBody } }
  }
  const undo = (): undefined => {
    alsoUndo?.()
  }
  return begin({ call, entry: made, reportedOn, finish, undo }, world)
}

function common({ kind, name, body }: Insertion, { clock, ids }: World): JsonObject {
  const [, , place] = name.split('/')
  return {
    kind: `compute#${kind}`,
    id: ids.numeric(),
    creationTimestamp: computeTime(clock.nowMs()),
    name: lastOf(name),
    selfLink: linkTo(name),
    ...(place !== 'global' && { [place === 'zones' ? 'zone' : 'region']: linkTo(scopeOf(name)) }),
    ...(body['labels'] !== undefined && { labelFingerprint: fingerprint(body['labels']) }),
  }
}

/** Replaces labels, when the fingerprint is that of the labels that are there. */
export function setLabels(call: Call, world: World, entry: Entry): JsonObject {
  const { labels = {}, labelFingerprint } = call.body as {
    readonly labels?: JsonObject
    readonly labelFingerprint?: string
  }
  refuseStale(labelFingerprint, entry.body['labelFingerprint'] ?? fingerprint({}), 'Labels')
  // Labels that Google put there may be sent back as they are: whoever sets labels sets all of them.
  const before = (entry.body['labels'] ?? {}) as JsonObject
  checkLabels(
    Object.fromEntries(
      Object.entries(labels).filter(([key, value]) => !key.startsWith('goog') || before[key] !== value),
    ),
  )
  const changed = { ...entry, body: { ...entry.body, labels, labelFingerprint: fingerprint(labels) } }
  world.store.put(changed)
  return begin({ call, entry: changed }, world)
}

const plain = (bytes: string): string => Buffer.from(bytes, 'base64').toString('hex')

/** Throws Compute Engine's 412 when a fingerprint is not that of what is there now. */
export function refuseStale(given: string | undefined, current: Json | undefined, what: string): void {
  // base64url and base64 name the same bytes, and some clients write the former.
  if (given !== undefined && plain(given) === plain(asText(current))) return
  throw new ApiError(
    'FAILED_PRECONDITION',
    `${what} fingerprint either invalid or resource ${what.toLowerCase()} have changed`,
    {
      http: 412,
      reason: 'conditionNotMet',
    },
  )
}
