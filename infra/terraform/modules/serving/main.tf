# The endpoint. Infrastructure owns it; the pipeline owns the models on it and how traffic is split among them.

locals {
  logged_requests = var.request_logging == null ? null : "bq://${var.project}.${google_bigquery_dataset.requests[0].dataset_id}.request_response_logging"
}

resource "google_vertex_ai_endpoint" "this" {
  # checkov:skip=CKV2_GCP_33:private_endpoint makes it private, as in prod; elsewhere it asks for a log-in and a role
  project      = var.project
  location     = var.region
  region       = var.region
  name         = var.endpoint_id
  display_name = var.endpoint_name
  description  = "Serves the champion of ${var.name}; models and traffic belong to the pipeline."
  labels       = var.labels

  dedicated_endpoint_enabled = var.private_endpoint ? null : true

  dynamic "private_service_connect_config" {
    for_each = var.private_endpoint ? [1] : []
    content {
      enable_private_service_connect = true
      project_allowlist              = [var.project]
    }
  }

  # Requests and answers whole, as they came: no column of them can be left out here.
  dynamic "predict_request_response_logging_config" {
    for_each = var.request_logging == null ? [] : [1]
    content {
      enabled       = var.request_logging.sampling_rate > 0
      sampling_rate = var.request_logging.sampling_rate
      bigquery_destination {
        output_uri = local.logged_requests
      }
    }
  }

  dynamic "encryption_spec" {
    for_each = var.encryption_key == null ? [] : [1]
    content {
      kms_key_name = var.encryption_key
    }
  }

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [traffic_split]
  }
}

# Vertex AI makes the table in it.
resource "google_bigquery_dataset" "requests" {
  count = var.request_logging == null ? 0 : 1

  project                         = var.project
  location                        = var.region
  dataset_id                      = "${replace(var.name, "-", "_")}_requests"
  friendly_name                   = "${var.name} requests"
  description                     = "What the endpoint ${var.endpoint_name} was asked and answered."
  labels                          = var.labels
  default_partition_expiration_ms = var.request_logging.keep_days * 24 * 60 * 60 * 1000
  default_table_expiration_ms     = null
  delete_contents_on_destroy      = false

  dynamic "default_encryption_configuration" {
    for_each = var.encryption_key == null ? [] : [1]
    content {
      kms_key_name = var.encryption_key
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_bigquery_dataset_iam_member" "requests" {
  count = var.request_logging == null ? 0 : 1

  project    = var.project
  dataset_id = google_bigquery_dataset.requests[0].dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = "serviceAccount:service-${var.project_number}@gcp-sa-aiplatform.iam.gserviceaccount.com"
}
