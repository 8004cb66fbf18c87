import { calm, project } from '../../infra/local/gcp/options.ts'
import type { ContainerOptions, Options } from '../../infra/local/gcp/options.ts'

export const ORGANIZATION = 'organizations/1000000001'
export const FOLDER = 'folders/2000000002'
export const ORG_ADMIN = 'chief@example.com'
export const PROJECT_NUMBER = '123456789012'
export const CONTROL = 'control-project'

const organization: ContainerOptions = {
  name: ORGANIZATION,
  displayName: 'example.com',
  bindings: [
    'roles/resourcemanager.organizationAdmin',
    'roles/iam.organizationRoleAdmin',
    'roles/iam.denyAdmin',
    'roles/iam.denyReviewer',
  ].map((role) => ({ role, members: [`user:${ORG_ADMIN}`] })),
}

const folder: ContainerOptions = { name: FOLDER, displayName: 'Agents', parent: ORGANIZATION, bindings: [] }

/** The agents' project in a folder of an organisation, beside the project of the functions; `owners` own the first. */
export const governed = (owners: readonly string[] = ['user:admin@example.com']): Options => ({
  ...calm,
  containers: [organization, folder],
  projects: [
    { ...project('demo-project', PROJECT_NUMBER, owners), parent: FOLDER },
    { ...project(CONTROL, '123456789099', ['user:admin@example.com']), parent: ORGANIZATION },
  ],
})

/** The address of deny policies on a resource. */
export const denyPolicies = (name: string): string =>
  `/v2/policies/cloudresourcemanager.googleapis.com%2F${name.replace('/', '%2F')}/denypolicies`
