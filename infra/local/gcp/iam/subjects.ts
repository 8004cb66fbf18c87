import { textOf } from '../json.ts'
import type { Store } from '../store.ts'
import type { Attributes } from './conditions.ts'

/** What a permission is checked on: whose policies count, and what conditions see of it. */
export type Subject = {
  /** Names of the entries whose policies count, the resource's own first. */
  readonly holders: readonly string[]
  readonly attributes: Pick<Attributes, 'name' | 'type' | 'service'>
}

// Only these have resource attributes: https://cloud.google.com/iam/docs/conditions-resource-attributes.
const COMPUTE_TYPES: Readonly<Record<string, string>> = {
  instances: 'Instance',
  disks: 'Disk',
  images: 'Image',
  snapshots: 'Snapshot',
}

const attributes = (name: string, service: string, type: string): Subject['attributes'] => ({
  name,
  service: `${service}.googleapis.com`,
  type: `${service}.googleapis.com/${type}`,
})

/** A resource's name with its project's number, which Secret Manager and IAP use in theirs. */
export function numbered(name: string, store: Store): string {
  const project = projectOf(name)
  const number = store.find(`projects/${project}`)?.body['projectNumber']
  return typeof number === 'string' ? name.replace(`projects/${project}`, `projects/${number}`) : name
}

export const projectOf = (name: string): string => /^projects\/([^/]+)/.exec(name)?.[1] ?? ''

/** The project, folders and organisation a name is in or is, the nearest first. */
export function ancestorsOf(name: string, store: Store): readonly string[] {
  const found = /^(?:projects|folders|organizations)\/[^/]+/.exec(name)?.[0]
  const parent = found === undefined ? undefined : store.find(found)?.body['parent']
  return [...(found === undefined ? [] : [found]), ...(typeof parent === 'string' ? ancestorsOf(parent, store) : [])]
}

/** Describes a resource by its name, whether or not it exists. */
export function subjectOf(name: string, store: Store): Subject {
  const project = `projects/${projectOf(name)}`
  const above = ancestorsOf(name, store)
  const holders = above.includes(name) ? above : [name, ...above]
  const [, , kind = '', ...rest] = name.split('/')
  if (name === project) return { holders, attributes: attributes(name, 'cloudresourcemanager', 'Project') }
  if (kind === 'secrets') {
    const secret = name.replace(/\/versions\/.*$/, '')
    const type = rest.length > 1 ? 'SecretVersion' : 'Secret'
    return { holders: [secret, ...above], attributes: attributes(numbered(name, store), 'secretmanager', type) }
  }
  if (kind === 'iap_tunnel') return { holders, attributes: attributes(numbered(name, store), 'iap', 'TunnelInstance') }
  const type = COMPUTE_TYPES[name.split('/').at(-2) ?? '']
  if (['zones', 'regions', 'global'].includes(kind) && type !== undefined)
    return { holders, attributes: attributes(name, 'compute', type) }
  return { holders, attributes: {} }
}

/**
 * Where a tunnel's policy is kept: with the instance it leads to, by that instance's id, so that it goes when the
 * instance goes. Undefined when there is no such instance.
 */
export function tunnelOf(name: string, store: Store): string | undefined {
  const [, project = '', , , zone = '', , instance = ''] = name.split('/')
  const prefix = `projects/${project}/zones/${zone}/instances/`
  const found =
    store.find(`${prefix}${instance}`) ?? store.list('instances', prefix).find(({ body }) => body['id'] === instance)
  return found && `projects/${project}/iap_tunnel/zones/${zone}/instances/${textOf(found.body, 'id')}`
}
