# What a push, a pull request and a tag start. Every build runs as the build account, never as Cloud Build's default.

locals {
  account   = "projects/${var.project}/serviceAccounts/${var.accounts["build"]}"
  terraform = var.terraform_service_account == null ? null : "projects/${var.project}/serviceAccounts/${var.terraform_service_account}"
  branch    = try("^${replace(var.github.branch, ".", "\\.")}$", "") # a dot of its name is no wildcard
  # The events of each environment; `files` limits a build to pushes that touch them.
  builds = {
    dev = {
      push         = { file = "cloudbuild.yaml", branch = local.branch, pull = false, tag = null, files = [], approval = false, account = local.account }
      pull-request = { file = "infra/cloudbuild/pull-request.yaml", branch = local.branch, pull = true, tag = null, files = [], approval = false, account = local.account }
    }
    preprod = {
      promotion = { file = "infra/cloudbuild/promotion.yaml", branch = null, pull = false, tag = "^v[0-9]+\\.[0-9]+\\.[0-9]+$", files = [], approval = false, account = local.account }
    }
    prod = {
      promotion = { file = "infra/cloudbuild/promotion.yaml", branch = null, pull = false, tag = "^v[0-9]+\\.[0-9]+\\.[0-9]+$", files = [], approval = true, account = local.account }
    }
  }
  terraform_builds = {
    terraform-plan  = { file = "infra/cloudbuild/terraform-plan.yaml", branch = local.branch, pull = true, tag = null, files = ["infra/terraform/**", "infra/functions/**"], approval = false, account = local.terraform }
    terraform-apply = { file = "infra/cloudbuild/terraform-apply.yaml", branch = local.branch, pull = false, tag = null, files = ["infra/terraform/**", "infra/functions/**"], approval = true, account = local.terraform }
  }
  triggers = var.github == null ? {} : merge(
    local.builds[var.environment],
    local.terraform == null ? {} : local.terraform_builds,
  )
  substitutions = {
    _CONFIG              = var.environment
    _REGION              = var.region
    _IMAGES              = var.image_repository
    _PROMOTIONS          = "gs://${var.buckets["promotions"]}"
    _TOPIC               = var.topic
    _PIPELINE            = var.pipeline_name
    _STATE               = "${var.project}-${var.name}-state"
    _EARLIER_ENVIRONMENT = var.earlier_environment == null ? "" : var.earlier_environment
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
