# What pipeline/configs/<environment>.yaml needs: `terraform output -json configuration`. A test compares the two.

output "configuration" {
  description = "Values of pipeline/configs/<environment>.yaml; a null is left out there."
  value = {
    name = var.pipeline_name
    cloud = {
      project                  = var.project
      region                   = var.region
      bucket                   = "gs://${module.artifacts.buckets["artifacts"]}"
      data                     = "gs://${module.artifacts.buckets["uploads"]}/data/${var.pipeline_name}"
      service_account          = local.accounts["pipeline"]
      training_service_account = local.accounts["training"]
      serving_service_account  = local.accounts["serving"]
      network                  = module.pipeline.network
      kms_key                  = module.artifacts.encryption_key
      beam                     = { subnetwork = module.pipeline.subnetwork }
      endpoint                 = { name = var.endpoint_name }
    }
    request_log = {
      for key, value in {
        enabled   = try(var.request_logging.sampling_rate > 0, false)
        sample    = try(var.request_logging.sampling_rate, 0)
        keep_days = try(var.request_logging.keep_days, 0)
      } : key => value if var.request_logging != null
    }
  }
}

output "accounts" {
  description = "Role to service account."
  value       = local.accounts
}

output "images" {
  description = "Repository of the images; cloud.image of the configuration lies in it."
  value       = coalesce(var.image_repository, module.artifacts.image_repository)
}

output "signing_key" {
  description = "Version of the key that images are signed with; SIGNING_KEY is gcpkms:// and this."
  value       = coalesce(var.signing_key, module.artifacts.signing_key)
}

output "promotions" {
  description = "Where job templates are, and the pointer `current` to one of them."
  value       = "gs://${module.artifacts.buckets["promotions"]}"
}

output "endpoint" {
  description = "Resource name of the endpoint."
  value       = module.serving.endpoint
}

output "logged_requests" {
  description = "Table of the requests that the endpoint logged; null where it logs none."
  value       = module.serving.logged_requests
}

output "topic" {
  description = "Topic whose messages ask for a run."
  value       = module.triggers.topic
}

output "dead_letters" {
  description = "Subscription that holds what could not be used: gcloud pubsub subscriptions pull."
  value       = module.triggers.dead_letters
}

output "schedules" {
  description = "Cloud Scheduler jobs: gcloud scheduler jobs run|pause|resume."
  value       = module.triggers.schedules
}

output "build_triggers" {
  description = "Names of the Cloud Build triggers."
  value       = module.cicd.triggers
}

output "github_provider" {
  description = "Workload Identity provider for GitHub Actions; null without GitHub."
  value       = module.cicd.github_provider
}

output "alerts" {
  description = "What people are told of (docs/alerts.md)."
  value       = module.observability.alerts
}
