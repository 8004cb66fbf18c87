import { googleRequest } from './google.ts'
import type { Google } from './google.ts'
import type { Policy } from './policies.ts'

type Ancestry = {
  readonly ancestor?: readonly { readonly resourceId?: { readonly type?: string; readonly id?: string } }[]
}

/**
 * A project and what it is in, upwards, as `projects/P`, `folders/N`, `organizations/N`. Reading the project is enough.
 * https://cloud.google.com/resource-manager/reference/rest/v1/projects/getAncestry
 * @throws ProviderError
 */
export async function readAncestry(google: Google, project: string): Promise<readonly string[]> {
  const path = `v1/projects/${project}:getAncestry`
  const { ancestor = [] } = await googleRequest<Ancestry>(google, { ...CRM, method: 'POST', path, body: {} })
  return ancestor.map(({ resourceId }) => `${resourceId?.type ?? ''}s/${resourceId?.id ?? ''}`)
}

/** The policy of a project, a folder or an organisation, with its conditions. @throws ProviderError */
export function readPolicy(google: Google, resource: string): Promise<Policy> {
  const body = { options: { requestedPolicyVersion: 3 } }
  return googleRequest<Policy>(google, { ...CRM, method: 'POST', path: `v3/${resource}:getIamPolicy`, body })
}

/** A project's number. @throws ProviderError */
export async function readNumber(google: Google, project: string): Promise<string> {
  const request = { ...CRM, method: 'GET', path: `v3/${project}` } as const
  return (await googleRequest<{ readonly name: string }>(google, request)).name.replace('projects/', '')
}

/** An organisation's name is its domain. @throws ProviderError */
export async function readDomain(google: Google, organization: string): Promise<string> {
  const request = { ...CRM, method: 'GET', path: `v3/${organization}` } as const
  return (await googleRequest<{ readonly displayName?: string }>(google, request)).displayName ?? ''
}

const CRM = { service: 'cloudresourcemanager' } as const
