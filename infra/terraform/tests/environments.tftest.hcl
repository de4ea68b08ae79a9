# terraform test -var-file=environments/<environment>.tfvars      (no project, no credentials: the provider is mocked)

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
}

run "accounts_and_endpoint_are_named_by_the_rule" {
  command = plan

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

run "a_ci_image_by_tag_is_refused" {
  command = plan

  variables {
    ci_image = "us-central1-docker.pkg.dev/p/evergreen/ci:current"
  }

  expect_failures = [var.ci_image]
}

run "what_is_elsewhere_or_nobody_in_particular_is_refused" {
  command = plan

  variables {
    github = {
      owner         = "someone"
      repository    = "evergreen"
      repository_id = "evergreen"
      connection    = "projects/p/locations/europe-west4/connections/github"
    }
    image_repository = "europe-west4-docker.pkg.dev/p/evergreen"
    uploaders        = ["group:everyone@example.com"]
    image_readers    = ["domain:example.com"]
    run_readers      = ["allAuthenticatedUsers"]
  }

  expect_failures = [var.github, var.image_repository, var.uploaders, var.image_readers, var.run_readers]
}

run "builds_without_their_image_are_refused" {
  command = plan

  variables {
    github = {
      owner         = "someone"
      repository    = "evergreen"
      repository_id = "123456789"
      connection    = "projects/p/locations/us-central1/connections/github"
    }
  }

  expect_failures = [var.ci_image]
}

run "an_unknown_environment_is_refused" {
  command = plan

  variables {
    environment = "staging"
  }

  expect_failures = [var.environment]
}

run "a_name_too_long_for_its_accounts_is_refused" {
  command = plan

  variables {
    name = "a-pipeline-with-a-long-name"
  }

  expect_failures = [var.name]
}

run "an_endpoint_id_with_letters_is_refused" {
  command = plan

  variables {
    endpoint_id = "flights"
  }

  expect_failures = [var.endpoint_id]
}

run "artifacts_are_not_deleted_under_the_cache" {
  command = plan

  variables {
    intermediate_artifacts_days = 1
  }

  expect_failures = [var.intermediate_artifacts_days]
}

run "a_schedule_with_a_wrong_hour_is_refused" {
  command = plan

  variables {
    schedules = { nightly = { cron = "0 25 * * *" } }
  }

  expect_failures = [var.schedules]
}

run "a_schedule_of_a_wrong_time_zone_is_refused" {
  command = plan

  variables {
    schedules = { nightly = { cron = "0 2 * * *", time_zone = "+02:00" } }
  }

  expect_failures = [var.schedules]
}

run "a_run_a_week_is_missed_by_the_counter_of_steps" {
  command = plan

  variables {
    run_expected_every_h = 200
  }
}

run "in_prod_somebody_is_told" {
  command = plan

  variables {
    environment          = "prod"
    earlier_environment  = "my-evergreen-earlier"
    alert_email          = null
    alert_channels       = []
    run_expected_every_h = 30
    no_budget_because    = "finance watches the organisation"
  }

  expect_failures = [var.alert_email]
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

run "in_prod_somebody_watches_the_costs" {
  command = plan

  variables {
    environment          = "prod"
    earlier_environment  = "my-evergreen-earlier"
    alert_email          = "team@example.com"
    run_expected_every_h = 30
    billing_account      = null
    monthly_budget       = null
  }

  expect_failures = [var.monthly_budget]
}

run "in_prod_a_schedule_that_stops_is_noticed" {
  command = plan

  variables {
    environment          = "prod"
    earlier_environment  = "my-evergreen-earlier"
    alert_email          = "team@example.com"
    no_budget_because    = "finance watches the organisation"
    schedules            = { nightly = { cron = "0 2 * * *" } }
    run_expected_every_h = null
  }

  expect_failures = [var.run_expected_every_h]
}

run "a_budget_needs_the_account_that_pays" {
  command = plan

  variables {
    billing_account = null
    monthly_budget  = { amount = 100, currency = "USD" }
  }

  expect_failures = [var.monthly_budget]
}

run "logs_are_kept_for_a_month" {
  command = plan

  variables {
    log_retention_days = 7
  }

  expect_failures = [var.log_retention_days]
}

run "a_project_of_your_own_has_no_placeholders" {
  command = plan

  variables {
    project         = "acme-flights"
    alert_email     = "team@example.com"
    billing_account = "000000-000000-000000"
    monthly_budget  = { amount = 100, currency = "USD" }
  }

  expect_failures = [var.alert_email, var.billing_account]
}

run "prod_has_an_environment_before_it" {
  command = plan

  variables {
    environment          = "prod"
    earlier_environment  = null
    alert_email          = "team@example.com"
    run_expected_every_h = 30
    no_budget_because    = "finance watches the organisation"
    billing_account      = null
    monthly_budget       = null
  }

  expect_failures = [var.earlier_environment]
}

run "no_environment_is_before_itself" {
  command = plan

  variables {
    earlier_environment = var.project
  }

  expect_failures = [var.earlier_environment]
}
