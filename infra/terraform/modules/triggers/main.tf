# What starts runs: one topic that every reason arrives on, and one function that decides.

locals {
  # Cloud Run's address made of name and project number: internal senders are let in by it only.
  function_url = "https://${google_cloudfunctions2_function.trigger.name}-${var.project_number}.${var.region}.run.app"
  # Put together here, so that a plan shows which topic is meant before it exists.
  events       = "projects/${var.project}/topics/${google_pubsub_topic.events.name}"
  dead_letters = "projects/${var.project}/topics/${google_pubsub_topic.dead_letters.name}"
}

resource "google_pubsub_topic" "events" {
  project                    = var.project
  name                       = "${var.name}-events"
  labels                     = var.labels
  kms_key_name               = var.encryption_key
  message_retention_duration = "604800s"
}

resource "google_pubsub_topic" "dead_letters" {
  project      = var.project
  name         = "${var.name}-dead-letters"
  labels       = var.labels
  kms_key_name = var.encryption_key
}

# Keeps dead letters for a person to read: a topic without a subscription forgets them.
resource "google_pubsub_subscription" "dead_letters" {
  project                    = var.project
  name                       = "${var.name}-dead-letters"
  topic                      = local.dead_letters
  labels                     = var.labels
  message_retention_duration = "2592000s"
  retain_acked_messages      = false

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_subscription" "trigger" {
  project                    = var.project
  name                       = "${var.name}-trigger"
  topic                      = local.events
  labels                     = var.labels
  ack_deadline_seconds       = 120
  message_retention_duration = "86400s"

  push_config {
    push_endpoint = local.function_url
    oidc_token {
      service_account_email = var.accounts["trigger"]
      audience              = local.function_url
    }
  }

  # What the function cannot parse it sends to the dead letters itself, with the cause; this is for when it crashes.
  # The most there may be, because an event that meets a run under way is delivered again, ten minutes apart.
  dead_letter_policy {
    dead_letter_topic     = local.dead_letters
    max_delivery_attempts = 100
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  expiration_policy {
    ttl = ""
  }
}

resource "google_cloud_scheduler_job" "run" {
  for_each = var.schedules

  project   = var.project
  region    = var.region
  name      = "${var.pipeline_name}-${each.key}" # `evergreen schedule` finds them by this and `detail`
  schedule  = each.value.cron
  time_zone = each.value.time_zone
  paused    = each.value.paused

  pubsub_target {
    topic_name = local.events
    data       = base64encode(jsonencode({ reason = "schedule", detail = each.key }))
  }

  # Without it a message that could not be published is not tried again until the next night.
  retry_config {
    retry_count          = 3
    min_backoff_duration = "60s"
  }

  depends_on = [google_pubsub_topic_iam_member.publisher]
}

# An object below ready/ says that new days are complete; single data files start nothing.
resource "google_storage_notification" "new_data" {
  bucket             = var.buckets["uploads"]
  topic              = local.events
  payload_format     = "JSON_API_V1"
  event_types        = ["OBJECT_FINALIZE"]
  object_name_prefix = "ready/"
  depends_on         = [google_pubsub_topic_iam_member.publisher]
}

# Drift and performance alerts of Cloud Monitoring name this channel to ask for a run.
resource "google_monitoring_notification_channel" "retrain" {
  project      = var.project
  display_name = "${var.name} retrain"
  type         = "pubsub"
  labels       = { topic = local.events }
}
