import { byId } from './compute/references.ts'
import type { Admitted } from './gate/gate.ts'
import { accountName } from './iam/accounts.ts'
import { attachment, attachmentOf } from './iam/deny.ts'
import { projectOf, tunnelOf } from './iam/subjects.ts'
import { textOf } from './json.ts'
import { projectsOfLogs } from './logs.ts'
import { projectId } from './projects.ts'
import type { Collection, Store } from './store.ts'

/** What a request is about: a project, and a resource or its parent by name, with the project's id. */
export type Subject = { readonly project: string; readonly resource: string }

/** Reads a request's subject from its path, resolving numbers, ids and `-` to the names things have. */
export function subjectOfRequest(admitted: Omit<Admitted, 'query'>, store: Store): Subject {
  const resource = withProjectId(written(admitted), store)
  if (admitted.method.id.startsWith('iam.projects.serviceAccounts.') && resource.includes('/serviceAccounts/'))
    return account(admitted.method.id, resource, store)
  if (admitted.method.api === 'iam.v2') return about(attached(resource, store))
  if (admitted.method.api === 'iap.v1') return about(tunnelOf(resource, store) ?? resource)
  if (admitted.method.api === 'compute.v1') return about(byName(resource, store))
  return about(resource)
}

const about = (resource: string): Subject => ({ project: projectOf(resource), resource })

function written({ method, path, body }: Omit<Admitted, 'query'>): string {
  if (method.api === 'logging.v2') return projectsOfLogs(body)[0] ?? ''
  const filled = method.path.replace(/\{\+?(\w+)\}/g, (_, name: string) => path[name] ?? '')
  if (method.api !== 'compute.v1') {
    const last = [...method.path.matchAll(/\{\+?(\w+)\}/g)].at(-1)?.[1] ?? ''
    const value = path[last] ?? ''
    return filled.slice(filled.indexOf('/') + 1, filled.lastIndexOf(value) + value.length)
  }
  // What follows the last place is a verb, or the kind that is listed or made.
  const name = filled.replace(/^compute\/v1\//, '')
  return (method.path.endsWith('}') ? name : name.replace(/\/[^/]+$/, '')).replace(/\/aggregated$/, '')
}

function withProjectId(name: string, store: Store): string {
  const project = projectOf(name)
  return project === '' ? name : name.replace(`projects/${project}`, `projects/${projectId(project, store)}`)
}

function account(methodId: string, resource: string, store: Store): Subject {
  const name = accountName(resource, { store })
  const key = name.split('/').at(-1) ?? ''
  if (projectOf(name) !== '-') return about(name)
  const gone = store.list('deletedAccounts', 'projects/').find((entry) => entry.name.endsWith(`/${key}`))
  const project = gone === undefined ? (/@([^.]+)\./.exec(key)?.[1] ?? '-') : textOf(gone.body, 'projectId')
  return methodId.endsWith('.undelete')
    ? { project, resource: `projects/${project}/serviceAccounts/${key}` }
    : about(`projects/${project}/serviceAccounts/${key}`)
}

/** A deny policy's name, with the id of the project it is attached to. */
function attached(resource: string, store: Store): string {
  const to = withProjectId(attachmentOf(resource) ?? '', store)
  return to === '' ? resource : resource.replace(/^policies\/[^/]+\/denypolicies/, attachment(to))
}

/** A resource named by its numeric id, by its name. */
function byName(resource: string, store: Store): string {
  if (store.find(resource) !== undefined) return resource
  return byId(resource, resource.split('/').at(-2) as Collection, store)?.name ?? resource
}
