resource "google_project_service" "agents" {
  for_each = local.services

  project            = var.project
  service            = each.value
  disable_on_destroy = false
}

# Requests of the functions' accounts count in their own project.
resource "google_project_service" "control" {
  for_each = local.control == var.project ? toset([]) : local.services

  project            = local.control
  service            = each.value
  disable_on_destroy = false
}

resource "google_service_account" "function" {
  for_each = local.account_ids

  project                      = local.control
  account_id                   = each.value
  display_name                 = local.titles[each.key]
  create_ignore_already_exists = true

  depends_on = [google_project_service.agents, google_project_service.control]
}

resource "google_project_iam_custom_role" "function" {
  for_each = local.project_roles

  project     = var.project
  role_id     = local.role_ids[each.key]
  title       = local.titles[each.key]
  description = each.value.title
  permissions = each.value.permissions
  stage       = "GA"

  depends_on = [google_project_service.agents]
}

resource "google_project_iam_member" "function" {
  for_each = local.project_roles

  project = var.project
  member  = local.members[each.key]
  role    = google_project_iam_custom_role.function[each.key].id

  dynamic "condition" {
    for_each = can(local.conditions[each.key]) ? [local.conditions[each.key]] : []

    content {
      title      = "grants only"
      expression = condition.value
    }
  }

  depends_on = [google_service_account.function]
}

data "google_project" "agents" {
  project_id = var.project
}

resource "google_project_iam_member" "every_account" {
  for_each = local.every_account

  project = var.project
  member  = "principalSet://cloudresourcemanager.googleapis.com/projects/${data.google_project.agents.number}/type/ServiceAccount"
  role    = each.value

  depends_on = [google_project_service.agents]
}

# Says what is kept for each of these services, whatever was said before; others stay as they are.
resource "google_project_iam_audit_config" "agents" {
  for_each = local.audit_logs

  project = var.project
  service = each.key

  dynamic "audit_log_config" {
    for_each = each.value

    content {
      log_type = audit_log_config.value
    }
  }

  depends_on = [google_project_service.agents]
}

resource "google_organization_iam_custom_role" "function" {
  for_each = local.organization_roles

  org_id      = var.organization
  role_id     = local.role_ids[each.key]
  title       = local.titles[each.key]
  description = each.value.title
  permissions = each.value.permissions
  stage       = "GA"
}

resource "google_organization_iam_member" "function" {
  for_each = local.organization_roles

  org_id = var.organization
  member = local.members[each.key]
  role   = google_organization_iam_custom_role.function[each.key].id

  depends_on = [google_service_account.function]
}

resource "google_organization_iam_member" "predefined" {
  for_each = local.organization_predefined

  org_id = var.organization
  member = local.members[each.value.name]
  role   = each.value.role

  depends_on = [google_service_account.function]
}
