# terraform test -var-file=environments/<environment>.tfvars      (no project, no credentials: the provider is mocked)
#
# Wrong values of variables are refused in tests/infra/test_variables.py, which plans the variables alone.

mock_provider "google" {
  override_during = plan

  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }

  mock_data "google_storage_project_service_account" {
    defaults = { email_address = "service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
  }
}

variables {
  trigger_package = "main.tf" # any file: only its hash is planned
}

run "the_configuration_points_at_what_is_made" {
  command = plan

  assert {
    condition     = alltrue([for value in values(output.configuration.cloud) : value != ""])
    error_message = "A value of the configuration is empty."
  }

  assert {
    condition     = output.configuration.cloud.bucket == "gs://${var.project}-${var.name}"
    error_message = "The pipeline's root is not the artifacts bucket."
  }

  assert {
    condition = toset(keys(output.accounts)) == toset(concat(
      ["build", "plan", "pipeline", "training", "serving", "trigger"], var.environment == "dev" ? ["pull-request"] : []
    ))
    error_message = "There is one account for each of build, plan, pipeline, training, serving, trigger, and one for pull requests in dev."
  }

  assert {
    condition     = alltrue([for role, email in output.accounts : email == "${var.name}-${role}@${var.project}.iam.gserviceaccount.com"])
    error_message = "An account's e-mail is not <name>-<role>@<project>."
  }

  assert {
    condition     = output.endpoint == "projects/${var.project}/locations/${var.region}/endpoints/${var.endpoint_id}"
    error_message = "The endpoint's resource name is wrong."
  }

  assert {
    condition     = length(output.schedules) == length(var.schedules)
    error_message = "Not every schedule has its Cloud Scheduler job."
  }
}

run "with_a_repository_builds_start_and_only_prod_waits_for_approval" {
  command = plan

  variables {
    github = {
      owner         = "someone"
      repository    = "evergreen"
      repository_id = "123456789"
      connection    = "projects/p/locations/us-central1/connections/github"
    }
    ci_image                  = "us-central1-docker.pkg.dev/p/evergreen/ci@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    terraform_service_account = "terraform@${var.project}.iam.gserviceaccount.com"
  }

  assert {
    condition = toset(output.build_triggers) == toset([
      for build in concat(var.environment == "dev" ? ["push", "pull-request", "release"] : ["promotion"], ["terraform-plan", "terraform-apply"]) :
      "${var.name}-${build}"
    ])
    error_message = "The Cloud Build triggers are not those of this environment."
  }

  assert {
    condition     = output.github_provider == "projects/123456789012/locations/global/workloadIdentityPools/${var.name}-github/providers/github"
    error_message = "The Workload Identity provider's name is wrong."
  }
}

run "with_a_dataset_its_days_are_listed_and_read" {
  command = plan

  variables {
    bigquery_datasets = [{ project = "a-warehouse", dataset = "sales" }]
  }
}

run "with_request_logging_the_endpoint_keeps_a_sample_in_its_own_dataset" {
  command = plan

  variables {
    request_logging = { sampling_rate = 0.25 }
  }

  assert {
    condition     = output.logged_requests == "bq://${var.project}.${var.name}_requests.request_response_logging"
    error_message = "The endpoint logs somewhere else."
  }

  assert {
    condition     = output.configuration.request_log == { enabled = true, sample = 0.25, keep_days = 30 }
    error_message = "The configuration is told something else than the endpoint does."
  }
}

run "a_run_a_week_is_missed_by_the_counter_of_steps" {
  command = plan

  variables {
    run_expected_every_h = 200
  }
}

run "a_channel_that_is_there_already_is_somebody" {
  command = plan

  variables {
    environment          = "prod"
    earlier_environment  = "my-evergreen-earlier"
    alert_email          = null
    alert_channels       = ["projects/p/notificationChannels/1"]
    run_expected_every_h = 30
    billing_account      = null
    monthly_budget       = null
    no_budget_because    = "finance watches the organisation"
  }
}
