# What functions may do is in one file, which the plane and `planes grants` read too.
locals {
  roles    = jsondecode(file("${path.module}/../../shared/grants/roles.json"))
  control  = coalesce(var.control_project, var.project)
  services = toset(local.roles.services)

  account_ids = { for name, role in local.roles.functions : name => "planes-${lower(replace(name, "/([A-Z])/", "-$1"))}" }
  role_ids    = { for name in setunion(keys(local.roles.functions), keys(local.roles.organization)) : name => "planes${upper(substr(name, 0, 1))}${substr(name, 1, -1)}" }
  titles      = { for name, id in local.role_ids : name => "Agents Plane: ${name}" }
  members     = { for name, id in local.account_ids : name => "serviceAccount:${id}@${local.control}.iam.gserviceaccount.com" }

  # Every account of the project holds these, in one binding each.
  every_account = toset(local.roles.everyAccount)

  # Kinds of audit logs by service, besides those that are always kept.
  audit_logs = local.roles.auditLogs

  project_roles      = local.roles.functions
  organization_roles = { for name, role in local.roles.organization : name => role if var.organization != null }

  # Whoever writes policies may pass on these roles only.
  conditions = {
    for name, role in local.project_roles : name =>
    "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([${join(", ", [for granted in role.mayGrant : "'${granted}'"])}])"
    if can(role.mayGrant)
  }

  organization_predefined = {
    for pair in flatten([
      for name, role in local.organization_roles : [
        for held in try(role.predefined, []) : { name = name, role = held }
      ]
    ]) : "${pair.name} ${pair.role}" => pair
  }
}
