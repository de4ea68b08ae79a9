# Who may publish, push and invoke, so that an event becomes a run.

locals {
  topic_publishers = {
    storage   = var.storage_agent                                                                      # new data markers
    alerts    = "service-${var.project_number}@gcp-sa-monitoring-notification.iam.gserviceaccount.com" # drift, performance
    scheduler = "service-${var.project_number}@gcp-sa-cloudscheduler.iam.gserviceaccount.com"
  }
  pubsub_agent = "serviceAccount:service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
  trigger      = "serviceAccount:${var.accounts["trigger"]}"
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = local.topic_publishers

  project = var.project
  topic   = google_pubsub_topic.events.name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${each.value}"

  # Cloud Monitoring's agent comes into being with the first channel.
  depends_on = [google_monitoring_notification_channel.retrain]
}

# A build requests a run when it has promoted.
resource "google_pubsub_topic_iam_member" "build" {
  project = var.project
  topic   = google_pubsub_topic.events.name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${var.accounts["build"]}"
}

resource "google_pubsub_topic_iam_member" "dead_letter_publisher" {
  for_each = { agent = local.pubsub_agent, trigger = local.trigger }

  project = var.project
  topic   = google_pubsub_topic.dead_letters.name
  role    = "roles/pubsub.publisher"
  member  = each.value
}

resource "google_pubsub_subscription_iam_member" "forwards_dead_letters" {
  project      = var.project
  subscription = google_pubsub_subscription.trigger.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

# Pub/Sub signs its pushes as the trigger account.
resource "google_service_account_iam_member" "signs_pushes" {
  service_account_id = "projects/${var.project}/serviceAccounts/${var.accounts["trigger"]}"
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = local.pubsub_agent
}

resource "google_artifact_registry_repository_iam_member" "function" {
  project    = var.project
  location   = var.region
  repository = google_artifact_registry_repository.function.name
  role       = "roles/artifactregistry.writer"
  member     = "serviceAccount:${var.accounts["build"]}"
}

# Cloud Functions copies the package into a bucket of its own, made with the first function, so nothing can be
# granted on the bucket before; a build reads it there. With a key, its hash ends the bucket's name.
resource "google_project_iam_member" "function_sources" {
  project = var.project
  role    = "roles/storage.objectViewer"
  member  = "serviceAccount:${var.accounts["build"]}"

  condition {
    title      = "sources of functions"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${var.project_number}-${var.region}\")"
  }
}

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  project  = var.project
  location = var.region
  name     = google_cloudfunctions2_function.trigger.name
  role     = "roles/run.invoker"
  member   = local.trigger
}

resource "google_project_iam_member" "logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = local.trigger
}
