output "submitter_role" {
  description = "Role that lets an account start pipeline jobs and see how they ended."
  value       = local.submitter_role
}

output "network" {
  description = "Network of the jobs, by project number as Vertex AI wants it; null for Google's default."
  value       = var.network == null ? null : "projects/${var.project_number}/global/networks/${var.name}"
}

output "subnetwork" {
  description = "Subnet of the Dataflow workers; null for Google's default."
  value       = var.network == null ? null : "regions/${var.region}/subnetworks/${var.name}-jobs"
}
