output "triggers" {
  description = "Names of the Cloud Build triggers."
  value       = sort([for trigger in google_cloudbuild_trigger.build : trigger.name])
}

output "github_provider" {
  description = "What google-github-actions/auth takes as workload_identity_provider; null without GitHub."
  value       = var.github == null ? null : "projects/${var.project_number}/locations/global/workloadIdentityPools/${var.name}-github/providers/github"
}
