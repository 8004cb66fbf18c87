/**
 * Predefined roles that the data set lacks, with those of their permissions that are checked here.
 * https://cloud.google.com/iam/docs/roles-permissions/iam, https://cloud.google.com/iam/docs/roles-permissions/resourcemanager
 */
export const additionalRoles: Readonly<Record<string, readonly string[]>> = {
  'roles/iam.denyReviewer': ['iam.denypolicies.get', 'iam.denypolicies.list'],
  'roles/iam.organizationRoleAdmin': [
    'iam.roles.create',
    'iam.roles.delete',
    'iam.roles.get',
    'iam.roles.list',
    'iam.roles.undelete',
    'iam.roles.update',
    'resourcemanager.organizations.get',
    'resourcemanager.organizations.getIamPolicy',
    'resourcemanager.projects.get',
    'resourcemanager.projects.getIamPolicy',
    'resourcemanager.projects.list',
  ],
  'roles/iam.roleAdmin': [
    'iam.roles.create',
    'iam.roles.delete',
    'iam.roles.get',
    'iam.roles.list',
    'iam.roles.undelete',
    'iam.roles.update',
    'resourcemanager.projects.get',
    'resourcemanager.projects.getIamPolicy',
  ],
  'roles/resourcemanager.organizationAdmin': [
    'resourcemanager.folders.get',
    'resourcemanager.folders.getIamPolicy',
    'resourcemanager.folders.list',
    'resourcemanager.folders.setIamPolicy',
    'resourcemanager.organizations.get',
    'resourcemanager.organizations.getIamPolicy',
    'resourcemanager.organizations.setIamPolicy',
    'resourcemanager.projects.get',
    'resourcemanager.projects.getIamPolicy',
    'resourcemanager.projects.list',
    'resourcemanager.projects.setIamPolicy',
  ],
}
