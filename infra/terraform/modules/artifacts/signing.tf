# The key that the build signs images with. A promotion takes only images that bear its signature.

locals {
  # cosign reads the key's version beside signing or its public half, which only the viewer's role may.
  signing_grants = var.own_image_repository ? merge(
    { for role in ["signer", "viewer"] : "build/${role}" => { role = role, member = "serviceAccount:${var.accounts["build"]}" } },
    { for pair in setproduct(["publicKeyViewer", "viewer"], var.image_promoters) : "${pair[1]}/${pair[0]}" => { role = pair[0], member = pair[1] } },
    { "build/publicKeyViewer" = { role = "publicKeyViewer", member = "serviceAccount:${var.accounts["build"]}" } },
  ) : {}
}

resource "google_kms_key_ring" "images" {
  count = var.own_image_repository ? 1 : 0

  project  = var.project
  name     = "${var.name}-images"
  location = var.region
}

# It is not rotated by itself: KMS does not rotate keys that sign, and a new version takes all signatures with it.
resource "google_kms_crypto_key" "signing" {
  # checkov:skip=CKV_GCP_43:Cloud KMS rotates no asymmetric key; a new version is a decision, and images are signed anew
  count = var.own_image_repository ? 1 : 0

  name     = "signing"
  key_ring = google_kms_key_ring.images[0].id
  purpose  = "ASYMMETRIC_SIGN"
  labels   = var.labels

  version_template {
    algorithm        = "EC_SIGN_P256_SHA256"
    protection_level = "SOFTWARE"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key_iam_member" "signing" {
  for_each = local.signing_grants

  crypto_key_id = google_kms_crypto_key.signing[0].id
  role          = "roles/cloudkms.${each.value.role}"
  member        = each.value.member
}

# What scanning found is read where images are released.
resource "google_project_iam_member" "findings" {
  count = var.own_image_repository ? 1 : 0

  project = var.project
  role    = "roles/containeranalysis.occurrences.viewer"
  member  = "serviceAccount:${var.accounts["build"]}"
}
