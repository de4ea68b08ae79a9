# What is kept: data, what runs leave behind, templates, images, and the key that encrypts them.

locals {
  # Bucket names are global, so they begin with the project. What `expire` matches is deleted after its days: the
  # examples of runs, which are nearly all of the volume. Data, models, statistics, verdicts and records stay.
  # `uploads` holds what others bring: days below data/ and markers below ready/. The pipeline only reads it.
  buckets = {
    uploads = { suffix = "-uploads", expire = [] }
    artifacts = { suffix = "", expire = [
      { prefix = "artifacts/", suffixes = [".gz", ".parquet"] },
      { prefix = "beam/", suffixes = [] },
    ] }
    promotions = { suffix = "-promotions", expire = [] }
  }
  bucket_names = { for use, bucket in local.buckets : use => "${var.project}-${var.name}${bucket.suffix}" }
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

resource "google_storage_bucket" "this" {
  # checkov:skip=CKV_GCP_62:access logs of a bucket are copies that Google delivers when it can; who reads and writes is in Cloud Audit Logs, as are changes of grants
  for_each = local.buckets

  project                     = var.project
  name                        = local.bucket_names[each.key]
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
    immutable_tags = false # the cache, current- and previous- move; templates, gates and pointers name digests
  }

  # What a pointer `current` names, or may go back to: releases for ever, which are all that preprod and prod run; of
  # dev's commits the current and the one before (infra/promotion/images.py). And signatures, of sha256-<digest>.
  cleanup_policies {
    id     = "keep-what-pointers-name"
    action = "KEEP"
    condition {
      tag_state    = "TAGGED"
      tag_prefixes = ["v", "current-", "previous-", "sha256-"]
    }
  }

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = 50 # ten builds: each is an index, the image, its attestations, a signature, and a cache
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
