# What the accounts of builds may do, and who approves builds.

resource "google_project_iam_member" "logs" {
  for_each = { for role in ["build", "plan", "pull-request"] : role => var.accounts[role] if contains(keys(var.accounts), role) }

  project = var.project
  role    = "roles/logging.logWriter"
  member  = "serviceAccount:${each.value}"
}

# What `terraform plan` reads of each kind of resource: how it is set, never what is in it. It runs a pull request's
# code, so it has no viewer's role: those read data. A test compares the list with the kinds that are planned.
resource "google_project_iam_custom_role" "planner" {
  project     = var.project
  role_id     = "${replace(var.name, "-", "_")}_planner"
  title       = "${var.name} planner"
  description = "Reads how the infrastructure is set, for terraform plan."
  permissions = local.planner_permissions
}

resource "google_project_iam_member" "planner" {
  project = var.project
  role    = "projects/${var.project}/roles/${google_project_iam_custom_role.planner.role_id}"
  member  = "serviceAccount:${var.accounts["plan"]}"
}

# The state, made by hand (docs/cloud.md), is read without a lock, which would be a write; the trigger's package is
# an object that Terraform owns.
resource "google_storage_bucket_iam_member" "planner" {
  for_each = {
    state   = { bucket = local.state, prefix = "" }
    package = { bucket = var.buckets["promotions"], prefix = "trigger/" }
  }

  bucket = each.value.bucket
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${var.accounts["plan"]}"

  dynamic "condition" {
    for_each = each.value.prefix == "" ? [] : [each.value.prefix]
    content {
      title      = "the trigger's package"
      expression = "resource.name.startsWith(\"projects/_/buckets/${each.value.bucket}/objects/${condition.value}\")"
    }
  }
}

resource "google_project_iam_member" "approver" {
  for_each = toset(var.approvers)

  project = var.project
  role    = "roles/cloudbuild.builds.approver"
  member  = each.value
}
