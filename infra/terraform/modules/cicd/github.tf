# GitHub Actions of the main branch of this one repository may act as the build account, with no key that could leak.

resource "google_iam_workload_identity_pool" "github" {
  count = var.github == null ? 0 : 1

  project                   = var.project
  workload_identity_pool_id = "${var.name}-github"
  display_name              = "${var.name} GitHub"
}

resource "google_iam_workload_identity_pool_provider" "github" {
  # checkov:skip=CKV_GCP_125:it knows the claim `sub` only, which names the repository; number, branch and event say more
  count = var.github == null ? 0 : 1

  project                            = var.project
  workload_identity_pool_id          = google_iam_workload_identity_pool.github[0].workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  display_name                       = "GitHub Actions"
  # After dev also of a job in GitHub's environment of that name, which asks its reviewers. By number, as a name can be taken anew by somebody else; a pull request's ref is refs/pull/…, and
  # pull_request_target, which has the branch's ref, is refused by its event.
  attribute_condition = join(" && ", concat(
    [
      "assertion.repository_id == \"${var.github.repository_id}\"",
      "assertion.ref == \"refs/heads/${var.github.branch}\"",
      "assertion.event_name in [\"push\", \"workflow_dispatch\"]",
    ],
    local.later ? ["assertion.environment == \"${var.environment}\""] : [],
  ))

  attribute_mapping = {
    "google.subject"          = "assertion.sub"
    "attribute.repository_id" = "assertion.repository_id"
    "attribute.ref"           = "assertion.ref"
  }

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account_iam_member" "github_acts_as_build" {
  count = var.github == null ? 0 : 1

  service_account_id = local.account_of["build"]
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/projects/${var.project_number}/locations/global/workloadIdentityPools/${google_iam_workload_identity_pool.github[0].workload_identity_pool_id}/attribute.repository_id/${var.github.repository_id}"
}
