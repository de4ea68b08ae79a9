# The endpoint. Infrastructure owns it; the pipeline owns the models on it and how traffic is split among them.

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
