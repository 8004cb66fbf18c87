import { asText } from './json.ts'
import { ApiError, invalid } from './errors.ts'
import { compileFilter } from './filter.ts'
import { only } from './gate/query.ts'
import type { JsonObject } from './json.ts'
import { page } from './paging.ts'
import type { Api } from './served.ts'
import type { Entry } from './store.ts'
import type { Call, Served, World } from './world.ts'

/** What can be switched on. Others are unknown to the simulation. */
const KNOWN = [
  'artifactregistry',
  'cloudbuild',
  'cloudfunctions',
  'cloudresourcemanager',
  'cloudscheduler',
  'cloudtasks',
  'compute',
  'eventarc',
  'firestore',
  'iam',
  'iamcredentials',
  'iap',
  'logging',
  'monitoring',
  'networksecurity',
  'oslogin',
  'pubsub',
  'run',
  'secretmanager',
  'serviceusage',
].map((service) => `${service}.googleapis.com`)

const MOST_AT_ONCE = 30
const MOST_TO_ENABLE = 20
const DONE = 'operations/noop.DONE_OPERATION'

const project = ({ project: id }: Call, { store }: World): Entry => store.get(`projects/${id}`)

const enabled = (entry: Entry): readonly string[] => (entry.body['services'] ?? []) as readonly string[]

function show(service: string, entry: Entry): JsonObject {
  const parent = `projects/${asText(entry.body['projectNumber'])}`
  return {
    name: `${parent}/services/${service}`,
    parent,
    config: { name: service },
    state: enabled(entry).includes(service) ? 'ENABLED' : 'DISABLED',
  }
}

function known(name: string): string {
  const service = name.slice(name.lastIndexOf('/') + 1)
  if (!KNOWN.includes(service))
    throw new ApiError('PERMISSION_DENIED', `Not found or permission denied for service(s): ${service}.`)
  return service
}

/** Throws as Google does when a call's API is switched off in its project. Service Usage itself is always there. */
export function requireEnabled(api: Api, entry: Entry | undefined): void {
  const service = `${api.split('.')[0] ?? ''}.googleapis.com`
  if (entry === undefined || api === 'serviceusage.v1' || enabled(entry).includes(service)) return
  const number = asText(entry.body['projectNumber'])
  throw new ApiError(
    'PERMISSION_DENIED',
    `${service} has not been used in project ${number} before or it is disabled. Enable it, then retry.`,
    {
      reason: 'accessNotConfigured',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'SERVICE_DISABLED',
          domain: 'googleapis.com',
          metadata: { service, consumer: `projects/${number}` },
        },
      ],
    },
  )
}

export const getService: Served = { handle: (call, world) => show(known(call.resource), project(call, world)) }

export const listServices: Served = {
  handle: (call, world) => {
    const entry = project(call, world)
    const matches = compileFilter(only(call.query, 'filter')?.replace(':', '='))
    const all = KNOWN.map((service) => show(service, entry)).filter(matches) as (JsonObject & {
      readonly name: string
    })[]
    const size = only(call.query, 'pageSize')
    const { items, nextPageToken } = page(all, {
      size: size === undefined ? 50 : Number(size),
      token: only(call.query, 'pageToken'),
      most: 200,
    })
    return { ...(items.length > 0 && { services: items }), ...(nextPageToken !== undefined && { nextPageToken }) }
  },
}

export const batchGetServices: Served = {
  handle: (call, world) => {
    const names = call.query['names'] ?? []
    const wanted = typeof names === 'string' ? [names] : names
    if (wanted.length === 0 || wanted.length > MOST_AT_ONCE)
      throw invalid(`Between 1 and ${MOST_AT_ONCE} names are expected.`)
    return { services: wanted.map((name) => show(known(name), project(call, world))) }
  },
}

export const enableService: Served = {
  handle: (call, world) => {
    const service = known(call.resource)
    const response = {
      '@type': 'type.googleapis.com/google.api.serviceusage.v1.EnableServiceResponse',
      service: show(service, switchOn([service], call, world)),
    }
    return { name: DONE, done: true, response }
  },
}

export const batchEnableServices: Served = {
  handle: (call, world) => {
    const wanted = ((call.body['serviceIds'] ?? []) as readonly string[]).map(known)
    if (wanted.length === 0 || wanted.length > MOST_TO_ENABLE)
      throw invalid(`Between 1 and ${MOST_TO_ENABLE} services are expected.`)
    const after = switchOn(wanted, call, world)
    const response = {
      '@type': 'type.googleapis.com/google.api.serviceusage.v1.BatchEnableServicesResponse',
      services: wanted.map((service) => show(service, after)),
    }
    return { name: DONE, done: true, response }
  },
}

function switchOn(services: readonly string[], call: Call, world: World): Entry {
  const entry = project(call, world)
  const after = { ...entry, body: { ...entry.body, services: [...new Set([...enabled(entry), ...services])] } }
  world.store.put(after)
  return after
}

/** Switching a service on is done when it is answered; its operation has nothing more to say. */
export const getServiceOperation: Served = {
  handle: ({ resource }) => {
    if (resource !== DONE) throw new ApiError('NOT_FOUND', `Operation ${resource} not found.`)
    return { name: resource, done: true }
  },
}
