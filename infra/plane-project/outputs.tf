output "accounts" {
  description = "Each function's account, by the function's name."
  value       = { for name, account in google_service_account.function : name => account.email }
}

output "project" {
  description = "What `planes create --project` is given."
  value       = var.project
}
