# Days that are partitions of BigQuery tables: who lists them, who reads them. Nothing where days are files.

locals {
  bigquery_projects = toset([for dataset in var.bigquery_datasets : dataset.project])
  bigquery_project_grants = merge([
    for project in local.bigquery_projects : {
      "${project}/pipeline/list" = { project = project, account = "pipeline", role = "roles/bigquery.jobUser" }
      "${project}/pipeline/read" = { project = project, account = "pipeline", role = "roles/bigquery.readSessionUser" }
      "${project}/trigger/list"  = { project = project, account = "trigger", role = "roles/bigquery.jobUser" }
    }
  ]...)
  bigquery_dataset_grants = merge([
    for dataset in var.bigquery_datasets : {
      "${dataset.project}/${dataset.dataset}/pipeline" = merge(dataset, { account = "pipeline", role = "roles/bigquery.dataViewer" })
      "${dataset.project}/${dataset.dataset}/trigger"  = merge(dataset, { account = "trigger", role = "roles/bigquery.metadataViewer" })
    }
  ]...)
}

resource "google_project_iam_member" "bigquery" {
  for_each = local.bigquery_project_grants

  project = each.value.project
  role    = each.value.role
  member  = "serviceAccount:${var.accounts[each.value.account]}"
}

resource "google_bigquery_dataset_iam_member" "bigquery" {
  for_each = local.bigquery_dataset_grants

  project    = each.value.project
  dataset_id = each.value.dataset
  role       = each.value.role
  member     = "serviceAccount:${var.accounts[each.value.account]}"
}
