# What a push, a pull request and a tag start. Every build runs as an account of this project, never as Cloud Build's
# default. A pull request's own code runs as an account that can write logs, or read the infrastructure, and no more.

locals {
  account_of = { for role, email in var.accounts : role => "projects/${var.project}/serviceAccounts/${email}" }
  terraform  = var.terraform_service_account == null ? null : "projects/${var.project}/serviceAccounts/${var.terraform_service_account}"
  branch     = try("^${replace(var.github.branch, ".", "\\.")}$", "") # a dot of its name is no wildcard
  later      = var.environment != "dev"
  tag        = "^v[0-9]+\\.[0-9]+\\.[0-9]+$"
  stack      = ["infra/terraform/**", "infra/functions/**"]
  # `files` limits a build to events that touch them.
  builds = {
    push            = { file = "cloudbuild.yaml", branch = local.branch, pull = false, tag = null, files = [], approval = false, account = local.account_of["build"] }
    pull-request    = { file = "infra/cloudbuild/pull-request.yaml", branch = local.branch, pull = true, tag = null, files = [], approval = false, account = try(local.account_of["pull-request"], null) }
    promotion       = { file = "infra/cloudbuild/promotion.yaml", branch = null, pull = false, tag = local.tag, files = [], approval = var.environment == "prod", account = local.account_of["build"] }
    release         = { file = "infra/cloudbuild/release.yaml", branch = null, pull = false, tag = local.tag, files = [], approval = false, account = local.account_of["build"] }
    terraform-plan  = { file = "infra/cloudbuild/terraform-plan.yaml", branch = local.branch, pull = true, tag = null, files = local.stack, approval = local.later, account = local.account_of["plan"] }
    terraform-apply = { file = "infra/cloudbuild/terraform-apply.yaml", branch = local.branch, pull = false, tag = null, files = local.stack, approval = true, account = local.terraform }
  }
  # The events of this environment; without an account that applies, people do.
  wanted = concat(
    local.later ? ["promotion"] : ["push", "pull-request", "release"],
    ["terraform-plan"],
    local.terraform == null ? [] : ["terraform-apply"],
  )
  triggers = var.github == null ? {} : { for name in local.wanted : name => local.builds[name] }
  state    = "${var.project}-${var.name}-state"
  substitutions = {
    _CONFIG              = var.environment
    _REGION              = var.region
    _IMAGES              = var.image_repository
    _CI_IMAGE            = var.ci_image
    _PROMOTIONS          = "gs://${var.buckets["promotions"]}"
    _TOPIC               = var.topic
    _PIPELINE            = var.pipeline_name
    _STATE               = local.state
    _EARLIER_ENVIRONMENT = coalesce(var.earlier_environment, "none")
    _EARLIER_WINDOWS     = tostring(var.promotion_windows)
    _WINDOWS             = tostring(var.environment == "preprod" ? var.promotion_windows : 0) # prod runs the newest, once
    _SIGNING_KEY         = "gcpkms://${var.signing_key}"
  }
}

resource "google_cloudbuildv2_repository" "source" {
  count = var.github == null ? 0 : 1

  project           = var.project
  location          = var.region
  name              = var.github.repository
  parent_connection = var.github.connection
  remote_uri        = "https://github.com/${var.github.owner}/${var.github.repository}.git"
}

resource "google_cloudbuild_trigger" "build" {
  for_each = local.triggers

  project            = var.project
  location           = var.region
  name               = "${var.name}-${each.key}"
  filename           = each.value.file
  service_account    = each.value.account
  included_files     = each.value.files
  include_build_logs = each.value.pull ? "INCLUDE_BUILD_LOGS_WITH_STATUS" : null
  substitutions      = local.substitutions

  repository_event_config {
    repository = google_cloudbuildv2_repository.source[0].id

    dynamic "push" {
      for_each = each.value.pull ? [] : [1]
      content {
        branch = each.value.branch
        tag    = each.value.tag
      }
    }

    dynamic "pull_request" {
      for_each = each.value.pull ? [1] : []
      content {
        branch          = each.value.branch
        comment_control = "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
      }
    }
  }

  approval_config {
    approval_required = each.value.approval
  }
}
