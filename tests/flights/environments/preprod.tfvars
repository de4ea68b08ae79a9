# A tag comes here by itself; the same schedule as prod, half a day earlier.
project       = "my-evergreen-preprod"
region        = "us-central1"
name          = "evergreen"
environment   = "preprod"
endpoint_id   = "1002"
endpoint_name = "flights"
pipeline_name = "flights"

schedules = {
  nightly = { cron = "0 14 * * *" }
}

# A release asks for three windows at once, which run one after the other: 12 hours let each of the first two take six.
# 21 runs a week are those of the schedule and four releases.
retraining = {
  cool_down_h     = 6
  max_event_age_h = 12
  max_runs        = 21
  budget_days     = 7
}

image_repository = "us-central1-docker.pkg.dev/my-evergreen-dev/evergreen"
signing_key      = "projects/my-evergreen-dev/locations/us-central1/keyRings/evergreen-images/cryptoKeys/signing/cryptoKeyVersions/1"

# prod's build account reads here what the gates recorded of a release. It must exist: apply prod first.
run_readers = ["serviceAccount:evergreen-build@my-evergreen-prod.iam.gserviceaccount.com"]

# The schedule has a run every 24 hours; after 30 without a success it is missing.
run_expected_every_h = 30

# alert_email = "team@example.com"

# Who may approve the builds that wait here: plans and applies. With none, nobody is granted it here.
# approvers = ["group:release@example.com"]

# github = {
#   owner         = "your-organisation"
#   repository    = "evergreen"
#   repository_id = "123456789" # gh api repos/your-organisation/evergreen --jq .id
#   connection    = "projects/my-evergreen-preprod/locations/us-central1/connections/github"
# }
# ci_image = "us-central1-docker.pkg.dev/my-evergreen-dev/evergreen/ci@sha256:..."
