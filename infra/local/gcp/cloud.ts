import type { Clock } from './clock.ts'
import { debian, isPublic } from './compute/images.ts'
import { operations } from './compute/operations.ts'
import { ApiError, envelope } from './errors.ts'
import { gate } from './gate/gate.ts'
import type { Gate, RawRequest } from './gate/gate.ts'
import { authorize, callerOf } from './iam/authorize.ts'
import { access } from './iam/evaluate.ts'
import { methodPermissions } from './iam/permissions.ts'
import { publishedRoles } from './iam/roles.ts'
import { containerEntry } from './hierarchy.ts'
import { ids } from './ids.ts'
import type { Random } from './ids.ts'
import type { Json } from './json.ts'
import { memoryLogs } from './logs.ts'
import { methods } from './methods.ts'
import type { Options } from './options.ts'
import { projectEntry } from './projects.ts'
import { rateLimiter } from './rates.ts'
import type { RateLimiter } from './rates.ts'
import { subjectOfRequest } from './resource.ts'
import type { Api } from './served.ts'
import { requireEnabled } from './services.ts'
import { memoryStore } from './store.ts'
import { signer } from './tokens/signer.ts'
import { refusalOf, troubles } from './troubles.ts'
import type { Trouble } from './troubles.ts'
import type { Call, Served, World } from './world.ts'

export type CloudRequest = RawRequest & { readonly authorization: string | undefined }

/** An answer; or the connection breaks, before or after what was asked for has happened. */
export type CloudResponse = { readonly status: number; readonly body: Json } | 'connection lost'

export type Cloud = {
  readonly world: World
  readonly answer: (request: CloudRequest) => Promise<CloudResponse>
}

type Parts = {
  readonly gate: Gate
  readonly world: World
  readonly limit: RateLimiter
}

/** A simulated Google Cloud. Clock and randomness come from outside; everything else is in memory. */
export function simulatedCloud(
  options: Options,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Cloud {
  const world = worldOf(options, clock, random)
  const parts: Parts = {
    gate: gate(options.readOnlyFields),
    world,
    limit: rateLimiter(options.rates, clock),
  }
  return { world, answer: (request) => answer(request, parts) }
}

function worldOf(options: Options, clock: Clock, random: Random): World {
  const store = memoryStore()
  const made = ids(random)
  for (const container of options.containers) store.put(containerEntry(container, clock.nowMs()))
  for (const project of options.projects) store.put(projectEntry(project, clock.nowMs()))
  store.put(debian(clock.nowMs()))
  return {
    clock,
    random,
    options,
    store,
    ids: made,
    operations: operations({ clock, ids: made }),
    access: access({ store, clock, roles: publishedRoles }),
    troubles: troubles(),
    logs: memoryLogs(),
    signer: signer(),
  }
}

async function answer(request: CloudRequest, parts: Parts): Promise<CloudResponse> {
  let api: Api = 'cloudresourcemanager.v3'
  try {
    const route = parts.gate.route(request)
    api = route.method.api
    const { operations: running, troubles: open, clock, store, options } = parts.world
    running.settle()
    const admitted = parts.gate.admit(request, route)
    const caller = callerOf(request.authorization, store)
    const call: Call = { ...admitted, caller, ...subjectOfRequest(admitted, store) }
    const trouble = open.strike(call)
    const { calls } = options.latencies
    await clock.sleep((calls[call.method.id] ?? calls.other) + (trouble?.latencyMs ?? 0))
    running.settle()
    return await perform({ ...call, ...subjectOfRequest(admitted, store) }, trouble, parts)
  } catch (error) {
    if (error instanceof ApiError) return { status: error.http, body: envelope(api, error) }
    throw error
  }
}

async function perform(call: Call, trouble: Trouble | undefined, parts: Parts): Promise<CloudResponse> {
  if (trouble?.kind === 'lostRequest') return 'connection lost'
  const refusal = trouble && refusalOf(trouble, call)
  if (refusal !== undefined) throw refusal
  parts.limit(call)
  requireEnabled(call.method.api, parts.world.store.find(`projects/${call.project}`))
  const served = methods[call.method.key]
  authorize({ api: call.method.api, caller: call.caller }, checksOf(call, served, parts.world), parts.world)
  if (trouble?.kind === 'conflictOurs') await attempt(withoutRequestId(call), served, parts)
  if (trouble?.kind === 'conflictForeign') await attempt(withoutRequestId(asSomebodyElse(call)), served, parts)
  const isConflict = trouble?.kind.startsWith('conflict') === true
  const body = await served.handle(isConflict ? withoutRequestId(call) : call, parts.world)
  return trouble?.kind === 'lostAnswer' ? 'connection lost' : { status: 200, body }
}

function checksOf(call: Call, served: Served, world: World): Parameters<typeof authorize>[1] {
  if (isPublic(call.resource)) return []
  const resource = served.subject?.(call) ?? call.resource
  const own = methodPermissions(call.method.id).map((permission) => ({ permission, resource }))
  return [...own, ...(served.checks?.(call, world) ?? [])]
}

/** What came through before is there; that it failed is no matter. */
async function attempt(call: Call, served: Served, { world }: Parts): Promise<void> {
  try {
    await served.handle(call, world)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
  }
}

const withoutRequestId = ({ query: { requestId: _dropped, ...query }, ...call }: Call): Call => ({ ...call, query })

const FOREIGN = { labels: { 'made-by': 'somebody-else' }, description: 'made by somebody else' }

function asSomebodyElse(call: Call): Call {
  const isAccount = call.method.id === 'iam.projects.serviceAccounts.create'
  const { labels, ...bare } = FOREIGN
  if (isAccount) return { ...call, body: { ...call.body, serviceAccount: bare } }
  return { ...call, body: { ...call.body, ...(call.body['labels'] === undefined ? bare : { labels }) } }
}
