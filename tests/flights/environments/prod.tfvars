# A tag comes here after approval, and when every gate has passed it in three windows in preprod.
project       = "my-evergreen-prod"
region        = "us-central1"
name          = "evergreen"
environment   = "prod"
endpoint_id   = "1003"
endpoint_name = "flights"
pipeline_name = "flights"

network = {
  subnet_cidr      = "10.20.0.0/20"
  private_endpoint = true
}

customer_managed_key = true

schedules = {
  nightly = { cron = "0 2 * * *" }
}

retraining = {
  cool_down_h     = 12
  max_event_age_h = 6
  max_runs        = 10
  budget_days     = 7
}

image_repository    = "us-central1-docker.pkg.dev/my-evergreen-dev/evergreen"
signing_key         = "projects/my-evergreen-dev/locations/us-central1/keyRings/evergreen-images/cryptoKeys/signing/cryptoKeyVersions/1"
earlier_environment = "my-evergreen-preprod"

# Placeholders: whom to tell, and what a month may cost. Without them no plan is made (docs/alerts.md).
alert_email     = "team@example.com"
billing_account = "000000-000000-000000"
monthly_budget  = { amount = 1000, currency = "USD" }

# The schedule has a run every 24 hours.
run_expected_every_h = 30
log_retention_days   = 90

# Who may approve the builds that wait here: releases, plans and applies. With none, nobody is granted it here.
# approvers = ["group:release@example.com"]

# github = {
#   owner         = "your-organisation"
#   repository    = "evergreen"
#   repository_id = "123456789" # gh api repos/your-organisation/evergreen --jq .id
#   connection    = "projects/my-evergreen-prod/locations/us-central1/connections/github"
# }
# ci_image = "us-central1-docker.pkg.dev/my-evergreen-dev/evergreen/ci@sha256:..."
