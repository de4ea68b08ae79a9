# Who reads and writes what is kept, and who may use the key.

locals {
  # Who may do what in which bucket; no account has a storage role on the project.
  bucket_grants = {
    "artifacts/trigger"  = { bucket = "artifacts", role = "roles/storage.objectViewer", account = "trigger" } # the days
    "artifacts/pipeline" = { bucket = "artifacts", role = "roles/storage.objectUser", account = "pipeline" }
    "artifacts/training" = { bucket = "artifacts", role = "roles/storage.objectUser", account = "training" }
    "artifacts/build"    = { bucket = "artifacts", role = "roles/storage.objectUser", account = "build" } # schemas
    "artifacts/serving"  = { bucket = "artifacts", role = "roles/storage.objectViewer", account = "serving" }
    "promotions/build"   = { bucket = "promotions", role = "roles/storage.objectUser", account = "build" }
    "promotions/trigger" = { bucket = "promotions", role = "roles/storage.objectViewer", account = "trigger" }
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

resource "google_kms_crypto_key_iam_member" "user" {
  for_each = var.customer_managed_key ? local.key_users : {}

  crypto_key_id = google_kms_crypto_key.this[0].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${each.value}"
}

resource "google_storage_bucket_iam_member" "grant" {
  for_each = local.bucket_grants

  bucket = google_storage_bucket.this[each.value.bucket].name
  role   = each.value.role
  member = "serviceAccount:${var.accounts[each.value.account]}"
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
