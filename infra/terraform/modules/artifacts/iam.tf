# Who reads and writes what is kept, and who may use the key.

locals {
  # Who may do what in which bucket; no account has a storage role on the project. A condition narrows a role to
  # objects whose name has a part: `extract` gives what stands at {...}, and nothing where the name has no such part.
  artifact_names = "projects/_/buckets/${local.bucket_names["artifacts"]}/objects/"
  bucket_grants = {
    "uploads/pipeline"   = { bucket = "uploads", role = "roles/storage.objectViewer", account = "pipeline", only = null }
    "uploads/trigger"    = { bucket = "uploads", role = "roles/storage.objectViewer", account = "trigger", only = null }
    "artifacts/pipeline" = { bucket = "artifacts", role = "roles/storage.objectUser", account = "pipeline", only = null }
    # Training reads examples, the transform graph and the champion, and writes into Trainer's folders.
    "artifacts/training" = { bucket = "artifacts", role = "roles/storage.objectViewer", account = "training", only = null }
    "models/training" = { bucket = "artifacts", role = "roles/storage.objectUser", account = "training", only = {
      title      = "what Trainer leaves"
      expression = "resource.name.startsWith(\"${local.artifact_names}artifacts/\") && resource.name.extract(\"/Trainer_{attempt}/\") != \"\""
    } }
    "models/serving" = { bucket = "artifacts", role = "roles/storage.objectViewer", account = "serving", only = {
      title      = "the pushed model"
      expression = "resource.name.extract(\"/Pusher_{attempt}/\") != \"\" || api.getAttribute(\"storage.googleapis.com/objectListPrefix\", \"\").startsWith(\"artifacts/\")"
    } }
    # A template is uploaded with its schema.
    "schemas/build" = { bucket = "artifacts", role = "roles/storage.objectUser", account = "build", only = {
      title      = "schemas"
      expression = "resource.name.startsWith(\"${local.artifact_names}schemas/\")"
    } }
    # Which model is the champion: a run is compared with it.
    "record/trigger" = { bucket = "artifacts", role = "roles/storage.objectViewer", account = "trigger", only = {
      title      = "the record of models"
      expression = "resource.name.startsWith(\"${local.artifact_names}registry/\") || api.getAttribute(\"storage.googleapis.com/objectListPrefix\", \"\").startsWith(\"registry/\")"
    } }
    "promotions/build"   = { bucket = "promotions", role = "roles/storage.objectUser", account = "build", only = null }
    "promotions/trigger" = { bucket = "promotions", role = "roles/storage.objectViewer", account = "trigger", only = null }
  }
  image_readers = concat(
    [
      for role in ["pipeline", "training", "serving", "plan", "pull-request"] :
      "serviceAccount:${var.accounts[role]}" if contains(keys(var.accounts), role)
    ],
    ["serviceAccount:service-${var.project_number}@gcp-sa-aiplatform.iam.gserviceaccount.com"],
    var.image_readers,
  )
  key_users = merge({
    storage   = var.storage_agent
    images    = "service-${var.project_number}@gcp-sa-artifactregistry.iam.gserviceaccount.com"
    vertex    = "service-${var.project_number}@gcp-sa-aiplatform.iam.gserviceaccount.com"
    dataflow  = "service-${var.project_number}@dataflow-service-producer-prod.iam.gserviceaccount.com"
    compute   = "service-${var.project_number}@compute-system.iam.gserviceaccount.com"
    functions = "service-${var.project_number}@gcf-admin-robot.iam.gserviceaccount.com"
    run       = "service-${var.project_number}@serverless-robot-prod.iam.gserviceaccount.com"
    eventarc  = "service-${var.project_number}@gcp-sa-eventarc.iam.gserviceaccount.com" # Google asks for it with every function
    pubsub    = "service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    }, var.logs_requests ? {
    bigquery = "bq-${var.project_number}@bigquery-encryption.iam.gserviceaccount.com"
  } : {})
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

  dynamic "condition" {
    for_each = each.value.only == null ? [] : [each.value.only]
    content {
      title      = condition.value.title
      expression = condition.value.expression
    }
  }
}

# People and services that bring days. They write here and nowhere else, and nothing that a run made lies here.
resource "google_storage_bucket_iam_member" "uploader" {
  for_each = toset(var.uploaders)

  bucket = google_storage_bucket.this["uploads"].name
  role   = "roles/storage.objectUser"
  member = each.value
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
