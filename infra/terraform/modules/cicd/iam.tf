# What the build account may do on the project, and who approves its builds.

resource "google_project_iam_member" "build_logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = "serviceAccount:${var.accounts["build"]}"
}

resource "google_project_iam_member" "approver" {
  for_each = toset(var.approvers)

  project = var.project
  role    = "roles/cloudbuild.builds.approver"
  member  = each.value
}
