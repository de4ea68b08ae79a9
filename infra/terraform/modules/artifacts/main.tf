# What is kept: data, what runs leave behind, templates, images, and the key that encrypts them.

locals {
  # Bucket names are global, so they begin with the project. What `expire` matches is deleted after its days: the
  # examples of runs, which are nearly all of the volume. Data (data/), models, statistics, verdicts and records stay.
  buckets = {
    artifacts = { suffix = "", expire = [
      { prefix = "artifacts/", suffixes = [".gz", ".parquet"] },
      { prefix = "beam/", suffixes = [] },
    ] }
    releases = { suffix = "-releases", expire = [] }
  }
  # Who may do what in which bucket; no account has a storage role on the project.
  bucket_grants = {
    "artifacts/trigger"  = { bucket = "artifacts", role = "roles/storage.objectViewer", account = "trigger" } # the days
    "artifacts/pipeline" = { bucket = "artifacts", role = "roles/storage.objectUser", account = "pipeline" }
    "artifacts/training" = { bucket = "artifacts", role = "roles/storage.objectUser", account = "training" }
    "artifacts/build"    = { bucket = "artifacts", role = "roles/storage.objectUser", account = "build" } # schemas
    "artifacts/serving"  = { bucket = "artifacts", role = "roles/storage.objectViewer", account = "serving" }
    "releases/build"     = { bucket = "releases", role = "roles/storage.objectUser", account = "build" }
    "releases/trigger"   = { bucket = "releases", role = "roles/storage.objectViewer", account = "trigger" }
  }
  image_readers = concat(
    [for role in ["pipeline", "training", "serving"] : "serviceAccount:${var.accounts[role]}"],
    ["serviceAccount:service-${var.project_number}@gcp-sa-aiplatform.iam.gserviceaccount.com"],
    var.image_readers,
  )
  key_users = {
    storage   = var.storage_agent
    images    = "service-${var.project_number}@gcp-sa-artifactregistry.iam.gserviceaccount.com"
    vertex    = "service-${var.project_number}@gcp-sa-aiplatform.iam.gserviceaccount.com"
    dataflow  = "service-${var.project_number}@dataflow-service-producer-prod.iam.gserviceaccount.com"
    compute   = "service-${var.project_number}@compute-system.iam.gserviceaccount.com"
    functions = "service-${var.project_number}@gcf-admin-robot.iam.gserviceaccount.com"
    pubsub    = "service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
  }
}

resource "google_kms_key_ring" "this" {
  count = var.customer_managed_key ? 1 : 0

  project  = var.project
  name     = var.name
  location = var.region
}

resource "google_kms_crypto_key" "this" {
  count = var.customer_managed_key ? 1 : 0

  name            = "pipeline"
  key_ring        = google_kms_key_ring.this[0].id
  rotation_period = "7776000s" # 90 days
  labels          = var.labels

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key_iam_member" "user" {
  for_each = var.customer_managed_key ? local.key_users : {}

  crypto_key_id = google_kms_crypto_key.this[0].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${each.value}"
}

resource "google_storage_bucket" "this" {
  for_each = local.buckets

  project                     = var.project
  name                        = "${var.project}-${var.name}${each.value.suffix}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  labels                      = var.labels

  versioning {
    enabled = true
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.expire
    content {
      action {
        type = "Delete"
      }
      condition {
        age            = var.intermediate_artifacts_days
        matches_prefix = [lifecycle_rule.value.prefix]
        matches_suffix = lifecycle_rule.value.suffixes
        with_state     = "ANY"
      }
    }
  }

  # Earlier versions of what was overwritten or deleted: a month to go back, then gone.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 30
      with_state                 = "ARCHIVED"
    }
  }

  dynamic "encryption" {
    for_each = google_kms_crypto_key.this
    content {
      default_kms_key_name = encryption.value.id
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_kms_crypto_key_iam_member.user]
}

resource "google_storage_bucket_iam_member" "grant" {
  for_each = local.bucket_grants

  bucket = google_storage_bucket.this[each.value.bucket].name
  role   = each.value.role
  member = "serviceAccount:${var.accounts[each.value.account]}"
}

resource "google_artifact_registry_repository" "images" {
  count = var.own_image_repository ? 1 : 0

  project       = var.project
  location      = var.region
  repository_id = var.name
  format        = "DOCKER"
  description   = "Pipeline, trainer and serving images; built once, promoted by digest."
  labels        = var.labels
  kms_key_name  = one(google_kms_crypto_key.this[*].id)

  docker_config {
    immutable_tags = false # the build cache is a tag that moves; releases are named by digest
  }

  cleanup_policies {
    id     = "keep-releases"
    action = "KEEP"
    condition {
      tag_state    = "TAGGED"
      tag_prefixes = ["v"]
    }
  }

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      tag_state  = "ANY"
      older_than = "2592000s" # 30 days
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_kms_crypto_key_iam_member.user]
}

resource "google_artifact_registry_repository_iam_member" "reader" {
  for_each = var.own_image_repository ? toset(local.image_readers) : []

  project    = var.project
  location   = var.region
  repository = google_artifact_registry_repository.images[0].name
  role       = "roles/artifactregistry.reader"
  member     = each.value
}

resource "google_artifact_registry_repository_iam_member" "writer" {
  count = var.own_image_repository ? 1 : 0

  project    = var.project
  location   = var.region
  repository = google_artifact_registry_repository.images[0].name
  role       = "roles/artifactregistry.writer"
  member     = "serviceAccount:${var.accounts["build"]}"
}
