/** Where a method's permissions are not the one the crawl has: which they are, and where that is written. */
export type Override = { readonly permissions: readonly string[]; readonly source: string }

const COMPUTE_REST = 'https://cloud.google.com/compute/docs/reference/rest/v1'
const CREATE_INSTANCE = 'https://cloud.google.com/compute/docs/instances/create-start-instance#permissions'
const COMPUTE_ROLES = 'https://cloud.google.com/iam/docs/roles-permissions/compute'
const SECRET_ROLES = 'https://cloud.google.com/secret-manager/docs/disable-secret-version'
const IAP_ROLES = 'https://cloud.google.com/iam/docs/roles-permissions/iap'
const TEST = 'https://cloud.google.com/iam/docs/testing-permissions'
const TASKS = 'https://cloud.google.com/tasks/docs/reference-access-control'

const none = (source: string): Override => ({ permissions: [], source })
const only = (permission: string, source: string): Override => ({ permissions: [permission], source })

/**
 * Permissions each method needs whatever is asked, where the crawl is wrong, silent or mixes in what depends on the
 * request. What does depend on it is in the method's own `checks`.
 */
export const overrides: Readonly<Record<string, Override>> = {
  // A body may name disks, images, subnets, policies and an account: those are checked one by one.
  'compute.instances.insert': only('compute.instances.create', CREATE_INSTANCE),
  'compute.instances.addAccessConfig': only(
    'compute.instances.addAccessConfig',
    `${COMPUTE_REST}/instances/addAccessConfig`,
  ),
  // A snapshot's own permission is checked on the snapshot.
  'compute.disks.createSnapshot': only('compute.disks.createSnapshot', `${COMPUTE_REST}/disks/createSnapshot`),
  'compute.disks.addResourcePolicies': only(
    'compute.disks.addResourcePolicies',
    `${COMPUTE_REST}/disks/addResourcePolicies`,
  ),
  'compute.disks.removeResourcePolicies': only(
    'compute.disks.removeResourcePolicies',
    `${COMPUTE_REST}/disks/removeResourcePolicies`,
  ),
  'compute.networks.patch': only('compute.networks.update', `${COMPUTE_REST}/networks/patch`),
  'compute.routers.patch': only('compute.routers.update', `${COMPUTE_REST}/routers/patch`),
  'compute.subnetworks.patch': only('compute.subnetworks.update', `${COMPUTE_REST}/subnetworks/patch`),
  'compute.resourcePolicies.patch': only('compute.resourcePolicies.update', `${COMPUTE_REST}/resourcePolicies/patch`),
  'compute.networkFirewallPolicies.patch': only(
    'compute.firewallPolicies.update',
    `${COMPUTE_REST}/networkFirewallPolicies/patch`,
  ),
  // Both ends of an association are checked: the policy here, the network in the method's checks.
  'compute.networkFirewallPolicies.addAssociation': only('compute.firewallPolicies.use', COMPUTE_ROLES),
  'compute.networkFirewallPolicies.removeAssociation': only('compute.firewallPolicies.use', COMPUTE_ROLES),
  'iam.organizations.roles.patch': only('iam.roles.update', 'https://cloud.google.com/iam/docs/roles-permissions/iam'),
  'iam.policies.operations.get': none('https://cloud.google.com/iam/docs/reference/rest/v2/policies.operations/get'),
  'iam.projects.roles.patch': only('iam.roles.update', 'https://cloud.google.com/iam/docs/roles-permissions/iam'),
  'iam.projects.serviceAccounts.patch': only(
    'iam.serviceAccounts.update',
    'https://cloud.google.com/iam/docs/roles-permissions/iam',
  ),
  // Predefined roles can be read by anybody: https://cloud.google.com/iam/docs/reference/rest/v1/roles/get.
  'iam.permissions.queryTestablePermissions': none(
    'https://cloud.google.com/iam/docs/reference/rest/v1/permissions/queryTestablePermissions',
  ),
  'iam.roles.get': none('https://cloud.google.com/iam/docs/reference/rest/v1/roles/get'),
  // The reference says secrets.disable, which no role holds; the role it asks for holds versions.disable.
  'secretmanager.projects.secrets.versions.disable': only('secretmanager.versions.disable', SECRET_ROLES),
  'secretmanager.projects.secrets.versions.enable': only('secretmanager.versions.enable', SECRET_ROLES),
  'secretmanager.projects.secrets.patch': only('secretmanager.secrets.update', SECRET_ROLES),
  'secretmanager.projects.secrets.testIamPermissions': none(TEST),
  'iam.projects.serviceAccounts.testIamPermissions': none(TEST),
  'cloudresourcemanager.projects.testIamPermissions': none(TEST),
  'iap.getIamPolicy': only('iap.tunnelInstances.getIamPolicy', IAP_ROLES),
  'iap.setIamPolicy': only('iap.tunnelInstances.setIamPolicy', IAP_ROLES),
  'iap.testIamPermissions': none(TEST),
  'serviceusage.operations.get': none('https://cloud.google.com/service-usage/docs/access-control'),
  'cloudtasks.projects.locations.queues.create': only('cloudtasks.queues.create', TASKS),
  'cloudtasks.projects.locations.queues.get': only('cloudtasks.queues.get', TASKS),
  'cloudtasks.projects.locations.queues.tasks.create': only('cloudtasks.tasks.create', TASKS),
  'cloudtasks.projects.locations.queues.tasks.delete': only('cloudtasks.tasks.delete', TASKS),
  'cloudtasks.projects.locations.queues.tasks.get': only('cloudtasks.tasks.get', TASKS),
  'logging.entries.list': only('logging.logEntries.list', 'https://cloud.google.com/logging/docs/access-control'),
  'logging.entries.write': only('logging.logEntries.create', 'https://cloud.google.com/logging/docs/access-control'),
}
