# One environment: what the pipeline runs on, what starts it, what serves its models, what promotes code to it,
# and what tells people.

locals {
  labels = {
    app         = var.name
    environment = var.environment
    managed-by  = "terraform"
  }
  # E-mails are put together here, so that a plan shows them before the accounts exist.
  accounts = {
    for role in keys(local.roles) : role => "${var.name}-${role}@${var.project}.iam.gserviceaccount.com"
  }
  roles = merge({
    build    = "Cloud Build of the branch and of tags: tests, builds images, uploads templates, requests runs."
    plan     = "terraform plan of a pull request: reads how the infrastructure is set."
    pipeline = "The pipeline's steps and its Dataflow jobs."
    training = "Vertex AI training jobs."
    serving  = "The model server behind the endpoint."
    trigger  = "The trigger function: decides, and submits the current template."
    }, var.environment != "dev" ? {} : {
    pull-request = "Cloud Build of a pull request, in dev: writes logs, pulls the image of builds."
  })
  apis = [
    "aiplatform.googleapis.com",
    "artifactregistry.googleapis.com",
    "bigquery.googleapis.com",
    "bigquerystorage.googleapis.com",
    "billingbudgets.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudkms.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "compute.googleapis.com",
    "containeranalysis.googleapis.com",
    "containerscanning.googleapis.com",
    "dataflow.googleapis.com",
    "eventarc.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "servicenetworking.googleapis.com",
    "storage.googleapis.com",
    "sts.googleapis.com",
  ]
}

data "google_project" "this" {
  project_id = var.project
}

# Reading it brings Cloud Storage's service agent into being.
data "google_storage_project_service_account" "this" {
  project = var.project
}

resource "google_project_service" "api" {
  for_each = toset(local.apis)

  project            = var.project
  service            = each.value
  disable_on_destroy = false
}

resource "google_service_account" "account" {
  for_each = local.roles

  project      = var.project
  account_id   = "${var.name}-${each.key}"
  display_name = "${var.name} ${each.key}"
  description  = each.value
  depends_on   = [google_project_service.api]
}

module "artifacts" {
  source = "./modules/artifacts"

  project                     = var.project
  name                        = var.name
  project_number              = data.google_project.this.number
  storage_agent               = data.google_storage_project_service_account.this.email_address
  region                      = var.region
  labels                      = local.labels
  accounts                    = local.accounts
  intermediate_artifacts_days = var.intermediate_artifacts_days
  customer_managed_key        = var.customer_managed_key
  logs_requests               = var.request_logging != null
  own_image_repository        = var.image_repository == null
  image_readers               = var.image_readers
  image_promoters             = var.image_promoters
  uploaders                   = var.uploaders
  depends_on                  = [google_service_account.account]
}

module "pipeline" {
  source = "./modules/pipeline"

  project        = var.project
  name           = var.name
  project_number = data.google_project.this.number
  region         = var.region
  accounts       = local.accounts
  network        = var.network
  run_readers    = var.run_readers

  bigquery_datasets = var.bigquery_datasets

  depends_on = [google_service_account.account]
}

module "serving" {
  source = "./modules/serving"

  project          = var.project
  project_number   = data.google_project.this.number
  name             = var.name
  region           = var.region
  labels           = local.labels
  endpoint_id      = var.endpoint_id
  endpoint_name    = var.endpoint_name
  private_endpoint = try(var.network.private_endpoint, false)
  request_logging  = var.request_logging
  encryption_key   = module.artifacts.encryption_key
  depends_on       = [google_service_account.account]
}

module "triggers" {
  source = "./modules/triggers"

  project         = var.project
  project_number  = data.google_project.this.number
  storage_agent   = data.google_storage_project_service_account.this.email_address
  region          = var.region
  name            = var.name
  labels          = local.labels
  accounts        = local.accounts
  buckets         = module.artifacts.buckets
  encryption_key  = module.artifacts.encryption_key
  pipeline_name   = var.pipeline_name
  schedules       = var.schedules
  retraining      = var.retraining
  trigger_package = var.trigger_package
  depends_on      = [google_service_account.account]
}

module "observability" {
  source = "./modules/observability"

  project                  = var.project
  project_number           = data.google_project.this.number
  region                   = var.region
  name                     = var.name
  labels                   = local.labels
  environment              = var.environment
  pipeline_name            = var.pipeline_name
  function_name            = module.triggers.function_name
  event_subscription       = module.triggers.subscriptions.events
  max_event_age_h          = var.retraining.max_event_age_h
  dead_letter_subscription = module.triggers.subscriptions.dead_letters
  endpoint_id              = var.endpoint_id
  private_endpoint         = try(var.network.private_endpoint, false)
  alert_email              = var.alert_email
  alert_channels           = var.alert_channels
  run_expected_every_h     = var.run_expected_every_h
  endpoint_limits          = var.endpoint_limits
  billing_account          = var.billing_account
  monthly_budget           = var.monthly_budget
  log_retention_days       = var.log_retention_days
  depends_on               = [google_project_service.api]
}

moved {
  from = module.triggers.google_monitoring_notification_channel.people
  to   = module.observability.google_monitoring_notification_channel.people
}

moved {
  from = module.triggers.google_monitoring_alert_policy.dead_letters
  to   = module.observability.google_monitoring_alert_policy.dead_letters
}

module "cicd" {
  source = "./modules/cicd"

  project                   = var.project
  name                      = var.name
  project_number            = data.google_project.this.number
  region                    = var.region
  environment               = var.environment
  accounts                  = local.accounts
  buckets                   = module.artifacts.buckets
  image_repository          = coalesce(var.image_repository, module.artifacts.image_repository)
  github                    = var.github
  ci_image                  = var.ci_image
  terraform_service_account = var.terraform_service_account
  approvers                 = var.approvers
  earlier_environment       = var.earlier_environment
  promotion_windows         = var.promotion_windows
  signing_key               = coalesce(var.signing_key, module.artifacts.signing_key)
  topic                     = module.triggers.topic
  pipeline_name             = var.pipeline_name
  depends_on                = [google_service_account.account]
}
