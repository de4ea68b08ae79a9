# The trigger function. One instance, one request at a time: "one run at a time" needs no lock then.

resource "google_storage_bucket_object" "package" {
  name   = "trigger/${filesha256(var.trigger_package)}.zip"
  bucket = var.buckets["promotions"]
  source = var.trigger_package
}

# Its image is built into its own repository, so that the build account needs no role on the project.
resource "google_artifact_registry_repository" "function" {
  project       = var.project
  location      = var.region
  repository_id = "${var.name}-function"
  format        = "DOCKER"
  description   = "Images of the trigger function."
  labels        = var.labels
  kms_key_name  = var.encryption_key

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      tag_state  = "ANY"
      older_than = "2592000s" # 30 days
    }
  }

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = 3
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_cloudfunctions2_function" "trigger" {
  project      = var.project
  location     = var.region
  name         = "${var.name}-trigger"
  description  = "Decides whether an event starts a run, and submits the current template."
  labels       = var.labels
  kms_key_name = var.encryption_key

  build_config {
    runtime           = "python313"
    entry_point       = "on_event"
    service_account   = "projects/${var.project}/serviceAccounts/${var.accounts["build"]}"
    docker_repository = "projects/${var.project}/locations/${var.region}/repositories/${google_artifact_registry_repository.function.repository_id}"

    source {
      storage_source {
        bucket = var.buckets["promotions"]
        object = google_storage_bucket_object.package.name
      }
    }
  }

  service_config {
    service_account_email            = var.accounts["trigger"]
    available_memory                 = "512Mi"
    timeout_seconds                  = 100
    max_instance_count               = 1
    max_instance_request_concurrency = 1
    ingress_settings                 = "ALLOW_INTERNAL_ONLY"
    all_traffic_on_latest_revision   = true

    environment_variables = {
      PROJECT           = var.project
      REGION            = var.region
      PROMOTIONS_BUCKET = var.buckets["promotions"]
      UPLOADS_BUCKET    = var.buckets["uploads"]
      DEAD_LETTER_TOPIC = google_pubsub_topic.dead_letters.name
      RETRAINING        = jsonencode(var.retraining)
    }
  }

  depends_on = [google_artifact_registry_repository_iam_member.function, google_project_iam_member.function_sources]
}
