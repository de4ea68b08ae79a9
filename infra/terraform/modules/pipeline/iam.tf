# What runs may do: roles of the accounts that jobs run as, and who may start them.

locals {
  # Vertex AI, Dataflow and Monitoring have no roles on single resources; these are the narrowest there are on a project.
  project_grants = {
    "pipeline/vertex"   = { account = "pipeline", role = "roles/aiplatform.user" }
    "pipeline/dataflow" = { account = "pipeline", role = "roles/dataflow.developer" }
    "pipeline/worker"   = { account = "pipeline", role = "roles/dataflow.worker" }
    "pipeline/logs"     = { account = "pipeline", role = "roles/logging.logWriter" }
    "pipeline/metrics"  = { account = "pipeline", role = "roles/monitoring.viewer" } # a rollout on the endpoint reads them
    "training/logs"     = { account = "training", role = "roles/logging.logWriter" }
    "training/metrics"  = { account = "training", role = "roles/monitoring.metricWriter" }
    "serving/logs"      = { account = "serving", role = "roles/logging.logWriter" }
  }
  # Written out, so that a plan shows them before the roles exist.
  submitter_role  = "projects/${var.project}/roles/${google_project_iam_custom_role.submitter.role_id}"
  run_reader_role = "projects/${var.project}/roles/${google_project_iam_custom_role.run_reader.role_id}"
  # Who may start jobs as whom: on the account, never on the project.
  acts_as = {
    "pipeline/pipeline" = { who = "pipeline", as = "pipeline" } # Dataflow workers
    "pipeline/training" = { who = "pipeline", as = "training" }
    "pipeline/serving"  = { who = "pipeline", as = "serving" }
    "build/pipeline"    = { who = "build", as = "pipeline" }
    "trigger/pipeline"  = { who = "trigger", as = "pipeline" }
  }
}

resource "google_project_iam_custom_role" "submitter" {
  project     = var.project
  role_id     = "${replace(var.name, "-", "_")}_submitter"
  title       = "${var.name} submitter"
  description = "Starts pipeline jobs and sees how they ended."
  permissions = [
    "aiplatform.pipelineJobs.create",
    "aiplatform.pipelineJobs.get",
    "aiplatform.pipelineJobs.list",
    "aiplatform.artifacts.get", # the champion's release record
  ]
}

resource "google_project_iam_custom_role" "run_reader" {
  project     = var.project
  role_id     = "${replace(var.name, "-", "_")}_run_reader"
  title       = "${var.name} run reader"
  description = "Sees how pipeline jobs ended."
  permissions = ["aiplatform.pipelineJobs.get", "aiplatform.pipelineJobs.list"]
}

resource "google_project_iam_member" "grant" {
  # checkov:skip=CKV_GCP_49:it cannot follow for_each to the roles, none of which is one of service accounts; tests read them in the plan
  for_each = local.project_grants

  project = var.project
  role    = each.value.role
  member  = "serviceAccount:${var.accounts[each.value.account]}"
}

resource "google_project_iam_member" "submitter" {
  for_each = toset(["build", "trigger"])

  project = var.project
  role    = local.submitter_role
  member  = "serviceAccount:${var.accounts[each.value]}"
}

resource "google_project_iam_member" "run_reader" {
  for_each = toset(var.run_readers)

  project = var.project
  role    = local.run_reader_role
  member  = each.value
}

resource "google_service_account_iam_member" "acts_as" {
  for_each = local.acts_as

  service_account_id = "projects/${var.project}/serviceAccounts/${var.accounts[each.value.as]}"
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${var.accounts[each.value.who]}"
}
