output "topic" {
  description = "Topic whose messages ask for a run."
  value       = local.events
}

output "dead_letters" {
  description = "Subscription that holds what could not be used."
  value       = "projects/${var.project}/subscriptions/${google_pubsub_subscription.dead_letters.name}"
}

output "schedules" {
  description = "Resource names of the Cloud Scheduler jobs."
  value       = [for name in keys(var.schedules) : "projects/${var.project}/locations/${var.region}/jobs/${var.pipeline_name}-${name}"]
}

output "function_name" {
  description = "Name of the trigger function, and of the Cloud Run service that it is."
  value       = google_cloudfunctions2_function.trigger.name
}

output "subscriptions" {
  description = "Use (events, dead_letters) to the name of its subscription."
  value = {
    events       = google_pubsub_subscription.trigger.name
    dead_letters = google_pubsub_subscription.dead_letters.name
  }
}
