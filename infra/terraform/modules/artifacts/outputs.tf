output "buckets" {
  description = "Use (uploads, artifacts, promotions) to bucket name."
  value       = { for use, bucket in google_storage_bucket.this : use => bucket.name }
}

output "image_repository" {
  description = "Where images are pushed and pulled; null where another environment's are used."
  value       = var.own_image_repository ? "${var.region}-docker.pkg.dev/${var.project}/${var.name}" : null
}

# Who takes the key waits for the grants on it.
output "encryption_key" {
  description = "Resource name of the key; null without a customer-managed key."
  value       = var.customer_managed_key ? "projects/${var.project}/locations/${var.region}/keyRings/${var.name}/cryptoKeys/${google_kms_crypto_key.this[0].name}" : null
  depends_on  = [google_kms_crypto_key_iam_member.user]
}

output "signing_key" {
  description = "Version of the key that images are signed with; null where another environment's are used."
  value       = var.own_image_repository ? "projects/${var.project}/locations/${var.region}/keyRings/${google_kms_key_ring.images[0].name}/cryptoKeys/${google_kms_crypto_key.signing[0].name}/cryptoKeyVersions/1" : null
}
