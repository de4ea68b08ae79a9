output "endpoint" {
  description = "Resource name of the endpoint."
  value       = "projects/${var.project}/locations/${var.region}/endpoints/${var.endpoint_id}"
}
