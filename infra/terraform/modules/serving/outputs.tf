output "endpoint" {
  description = "Resource name of the endpoint."
  value       = "projects/${var.project}/locations/${var.region}/endpoints/${var.endpoint_id}"
}

output "logged_requests" {
  description = "Table of the requests that the endpoint logged; null where it logs none."
  value       = local.logged_requests
}
