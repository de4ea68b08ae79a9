# Every push to the main branch is built, tested and run here. terraform apply -var-file=environments/dev.tfvars
project       = "my-evergreen-dev"
region        = "us-central1"
name          = "evergreen"
environment   = "dev"
endpoint_id   = "1001"
endpoint_name = "flights"
pipeline_name = "flights"

intermediate_artifacts_days = 7

# Nothing is scheduled: pushes start the runs here.
schedules = {}

retraining = {
  cool_down_h     = 0
  max_event_age_h = 6
  max_runs        = 30
  budget_days     = 7
}

# Images are built once, here; these accounts pull them later. They must exist: apply prod and preprod first, or
# leave the list empty until then (docs/cloud.md). Vertex AI's agents of those projects belong here too.
image_readers = [
  "serviceAccount:evergreen-build@my-evergreen-preprod.iam.gserviceaccount.com",
  "serviceAccount:evergreen-plan@my-evergreen-preprod.iam.gserviceaccount.com",
  "serviceAccount:evergreen-pipeline@my-evergreen-preprod.iam.gserviceaccount.com",
  "serviceAccount:evergreen-training@my-evergreen-preprod.iam.gserviceaccount.com",
  "serviceAccount:evergreen-serving@my-evergreen-preprod.iam.gserviceaccount.com",
  "serviceAccount:evergreen-build@my-evergreen-prod.iam.gserviceaccount.com",
  "serviceAccount:evergreen-plan@my-evergreen-prod.iam.gserviceaccount.com",
  "serviceAccount:evergreen-pipeline@my-evergreen-prod.iam.gserviceaccount.com",
  "serviceAccount:evergreen-training@my-evergreen-prod.iam.gserviceaccount.com",
  "serviceAccount:evergreen-serving@my-evergreen-prod.iam.gserviceaccount.com",
]

# These verify that what they promote was signed by builds here.
image_promoters = [
  "serviceAccount:evergreen-build@my-evergreen-preprod.iam.gserviceaccount.com",
  "serviceAccount:evergreen-build@my-evergreen-prod.iam.gserviceaccount.com",
]

# Nobody is told here unless you add an address; a person who pushes looks at the build.
# alert_email = "team@example.com"

# Who may approve the builds that wait here: what Terraform applies. With none, nobody is granted it here.
# approvers = ["group:release@example.com"]

# Uncomment once the repository is connected to Cloud Build (docs/cloud.md).
# github = {
#   owner         = "your-organisation"
#   repository    = "evergreen"
#   repository_id = "123456789" # gh api repos/your-organisation/evergreen --jq .id
#   connection    = "projects/my-evergreen-dev/locations/us-central1/connections/github"
# }
# ci_image = "us-central1-docker.pkg.dev/my-evergreen-dev/evergreen/ci@sha256:..."
