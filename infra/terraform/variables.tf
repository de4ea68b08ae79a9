variable "project" {
  description = "Project that holds this environment."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens, begins with a letter and does not end with a hyphen."
  }
}

variable "region" {
  description = "Region of everything that has one; Vertex AI Pipelines must be offered there."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region looks like europe-west4."
  }
}

variable "name" {
  description = "What every resource's name begins with. One environment has one project."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,14}[a-z0-9]$", var.name))
    error_message = "Use 2 to 16 lower-case letters, digits and hyphens: service accounts append up to 13 of their 30 characters."
  }
}

variable "environment" {
  description = "Which of the three environments this is."
  type        = string

  validation {
    condition     = contains(["dev", "preprod", "prod"], var.environment)
    error_message = "One of dev, preprod, prod."
  }
}

variable "intermediate_artifacts_days" {
  description = "Days after which what a run leaves behind, other than models and metadata, is deleted."
  type        = number
  default     = 30

  validation {
    condition     = var.intermediate_artifacts_days >= 7 && floor(var.intermediate_artifacts_days) == var.intermediate_artifacts_days
    error_message = "intermediate_artifacts_days is a whole number of at least 7: caching and a retry of a failed run read earlier artifacts."
  }
}

variable "bigquery_datasets" {
  description = "Datasets whose tables are read as days (data.format: bigquery); none where days are files."
  type        = list(object({ project = string, dataset = string }))
  default     = []

  validation {
    condition     = alltrue([for each in var.bigquery_datasets : can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", each.project)) && can(regex("^[A-Za-z0-9_]+$", each.dataset))])
    error_message = "bigquery_datasets names each dataset by its project's id and its own id: letters, digits and underscores."
  }
}

variable "pipeline_name" {
  description = "The pipeline's name: `name` of the configuration."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,62}$", var.pipeline_name))
    error_message = "pipeline_name is the configuration's name: small letters, digits and hyphens, a letter first, at most 63 characters."
  }
}

variable "endpoint_id" {
  description = "Number of the Vertex AI endpoint: digits, at most ten, no leading zero (Vertex's rule)."
  type        = string

  validation {
    condition     = can(regex("^[1-9][0-9]{0,9}$", var.endpoint_id))
    error_message = "An endpoint id is a number of at most ten digits without a leading zero."
  }
}

variable "endpoint_name" {
  description = "Display name of the endpoint, by which the pipeline finds it: cloud.endpoint.name of the configuration."
  type        = string

  validation {
    condition     = can(regex("^\\S(.{0,126}\\S)?$", var.endpoint_name))
    error_message = "endpoint_name has 1 to 128 characters, none of them a space at an end."
  }
}

variable "request_logging" {
  description = "Share of its requests that the endpoint logs into BigQuery, whole, personal columns too, and days after which their partitions go; a rate of 0 logs nothing and keeps the dataset. null for no dataset."
  type = object({
    sampling_rate = optional(number, 0.1)
    keep_days     = optional(number, 30)
  })
  default = null

  validation {
    condition     = try(var.request_logging.sampling_rate >= 0 && var.request_logging.sampling_rate <= 1 && var.request_logging.keep_days >= 1 && var.request_logging.keep_days <= 3650 && floor(var.request_logging.keep_days) == var.request_logging.keep_days, var.request_logging == null)
    error_message = "request_logging.sampling_rate is a share from 0 to 1, as 0.1 for 10 %; keep_days is a whole number from 1 to 3650."
  }
}

variable "network" {
  description = "Own network for jobs and endpoint; null for Google's default routing. private_endpoint makes the endpoint reachable by Private Service Connect only; nat lets machines without public addresses reach what is not Google's."
  type = object({
    subnet_cidr      = optional(string, "10.20.0.0/20")
    peering_prefix   = optional(number, 16)
    private_endpoint = optional(bool, false)
    nat              = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.network == null ? true : can(regex("^(10|172\\.(1[6-9]|2[0-9]|3[01])|192\\.168)\\..*/(1[6-9]|2[0-6])$", var.network.subnet_cidr)) && try(cidrsubnet(var.network.subnet_cidr, 0, 0) == var.network.subnet_cidr, false)
    error_message = "network.subnet_cidr is a range of private addresses as 10.20.0.0/20, between /16 and /26: Dataflow's workers take one address each."
  }

  validation {
    condition     = var.network == null ? true : contains(range(16, 25), var.network.peering_prefix)
    error_message = "network.peering_prefix is a whole number from 16 to 24: Vertex AI takes ranges of that size for its own machines."
  }
}

variable "customer_managed_key" {
  description = "Whether everything at rest is encrypted with a key of this project, rotated every 90 days."
  type        = bool
  default     = false
}

variable "schedules" {
  description = "Cloud Scheduler jobs that ask for a run: unix cron and time zone."
  type = map(object({
    cron      = string
    time_zone = optional(string, "Etc/UTC")
    paused    = optional(bool, false)
  }))
  default = {}

  validation {
    condition     = alltrue([for name in keys(var.schedules) : can(regex("^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", name))])
    error_message = "A schedule's name has small letters, digits and hyphens, a letter first."
  }

  validation {
    condition     = alltrue([for each in var.schedules : length(split(" ", each.cron)) == 5])
    error_message = "A schedule's cron has five fields of unix cron, one space between two: minute, hour, day of the month, month, day of the week."
  }

  # Every part of a field is *, a number, a name or a range that does not end before it begins, with a step or none behind the first and the last.
  validation {
    condition = alltrue(flatten([
      for each in var.schedules : [
        for position, text in split(" ", each.cron) : [
          for part in split(",", text) : try(alltrue([
            for found in [regex(local.cron_part, part)] : alltrue([
              found.first == null ? true : (
                local.cron_numbers[position][found.first] <=
                local.cron_numbers[position][coalesce(found.last, found.first)]
              ),
              found.step == null ? true : (found.first == null || found.last != null) && tonumber(found.step) >= 1 && tonumber(found.step) <= local.cron_ranges[position][1],
            ])
          ]), false)
        ]
      ]
    ]))
    error_message = "A part of a schedule's cron cannot be kept: minute 0-59, hour 0-23, day 1-31, month 1-12 or JAN-DEC, weekday 0-7 or SUN-SAT, ranges that go up, steps within the field behind * or a range. `evergreen doctor` names it."
  }

  # The 30th of February: where no weekday is named, one of the months has the earliest of the days.
  validation {
    condition = alltrue([
      for each in var.schedules : try(!strcontains(split(" ", each.cron)[4], "*") || strcontains(split(" ", each.cron)[2], "*") || anytrue([
        for number in flatten([
          for part in split(",", split(" ", each.cron)[3]) : [
            for found in [regex(local.cron_part, part)] : range(
              found.first == null ? 1 : local.cron_numbers[3][found.first],
              1 + (found.first == null ? 12 : local.cron_numbers[3][coalesce(found.last, found.first)]),
              tonumber(coalesce(found.step, "1")),
            )
          ]
        ]) :
        min([for part in split(",", split(" ", each.cron)[2]) : tonumber(regex("^[0-9]+", part))]...) <= lookup(local.cron_longest_months, tostring(number), 31)
      ]), true)
    ])
    error_message = "A schedule's cron never comes: no month that it names has such a day."
  }

  validation {
    condition     = alltrue([for each in var.schedules : contains(local.time_zones, each.time_zone)])
    error_message = "A schedule's time zone is a place of the IANA database, as Europe/Berlin or Etc/UTC (time_zones.txt)."
  }
}

variable "retraining" {
  description = "What keeps triggers from running away: see monitoring/retraining/rule.py. Infrastructure holds it, so that no push of code can raise it."
  type = object({
    cool_down_h     = number
    max_event_age_h = number
    max_runs        = number
    budget_days     = number
  })

  validation {
    condition     = var.retraining.max_runs >= 1 && floor(var.retraining.max_runs) == var.retraining.max_runs && var.retraining.budget_days >= 1 && var.retraining.cool_down_h >= 0 && var.retraining.max_event_age_h > 0
    error_message = "max_runs is a whole number of at least 1, budget_days at least 1, cool_down_h at least 0, max_event_age_h above 0."
  }

  validation {
    condition     = var.retraining.max_event_age_h <= 15
    error_message = "max_event_age_h is at most 15: Pub/Sub delivers an event that meets a run 100 times, ten minutes apart."
  }

  validation {
    condition     = alltrue([for name, gap_h in local.schedule_gaps_h : var.retraining.cool_down_h < gap_h.shortest])
    error_message = "cool_down_h is not less than the hours between two runs of a schedule: they would come too soon after each other."
  }
}

variable "trigger_package" {
  description = "Zip of the trigger function, made by `make trigger-package`."
  type        = string
  default     = "../../build/trigger.zip"
}

variable "github" {
  description = "Repository whose pushes are built: owner, name, its number (docs/cloud.md says where it stands), and the Cloud Build connection made by hand. null for no triggers."
  type = object({
    owner         = string
    repository    = string
    repository_id = string
    connection    = string
    branch        = optional(string, "main")
  })
  default = null

  validation {
    condition     = var.github == null ? true : can(regex("^[1-9][0-9]*$", var.github.repository_id))
    error_message = "github.repository_id is GitHub's number of the repository, digits only: a name can be taken anew by somebody else."
  }

  validation {
    condition     = var.github == null ? true : can(regex("^projects/[^/]+/locations/${var.region}/connections/[^/]+$", var.github.connection))
    error_message = "github.connection is projects/<project>/locations/<region>/connections/<name>, in the region of this environment (`region`)."
  }

  validation {
    condition     = var.github == null ? true : can(regex("^[A-Za-z0-9]([A-Za-z0-9-]{0,37}[A-Za-z0-9])?$", var.github.owner)) && can(regex("^[A-Za-z0-9._-]{1,100}$", var.github.repository))
    error_message = "github.owner and github.repository are the two parts of github.com/<owner>/<repository>, without an address or a slash."
  }

  validation {
    condition     = var.github == null ? true : can(regex("^[A-Za-z0-9_][A-Za-z0-9_./-]*$", var.github.branch))
    error_message = "github.branch is the name of one branch, as main: builds and Workload Identity compare it, and a pattern would let in more."
  }
}

variable "ci_image" {
  description = "Image that builds run in, by digest: what `gcloud builds submit` of infra/cloudbuild/ci-image.yaml prints. Needed with github."
  type        = string
  default     = null

  validation {
    condition     = var.ci_image == null ? true : can(regex("^[a-z0-9-]+-docker\\.pkg\\.dev/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$", var.ci_image))
    error_message = "ci_image is <region>-docker.pkg.dev/<project>/<repository>/ci@sha256:<64 digits 0 to f>: a tag can be moved to another image."
  }

  validation {
    condition     = var.github == null || var.ci_image != null
    error_message = "Builds need ci_image, the image they run in, by digest (docs/cloud.md)."
  }
}

variable "terraform_service_account" {
  description = "E-mail of the account that applies this configuration in Cloud Build, after approval, made by hand; null to apply by hand only."
  type        = string
  default     = null

  validation {
    condition     = var.terraform_service_account == null ? true : can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]@[a-z][a-z0-9-]{4,28}[a-z0-9]\\.iam\\.gserviceaccount\\.com$", var.terraform_service_account))
    error_message = "terraform_service_account is the e-mail of a service account, as terraform@<project>.iam.gserviceaccount.com."
  }
}

variable "approvers" {
  description = "Members who may approve builds that wait, as user:... or group:..."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.approvers : can(regex("^(user|group):[^@\\s:]+@[^@\\s:]+\\.[^@\\s:]+$", member))])
    error_message = "Name each approver as user:<e-mail> or group:<e-mail>: a domain or everybody would approve their own builds, and an account is no person."
  }
}

variable "image_repository" {
  description = "Repository that images come from, as <region>-docker.pkg.dev/<project>/<repository>; null to make one here. Images are built once, in dev, and promoted."
  type        = string
  default     = null

  validation {
    condition     = var.image_repository == null ? true : can(regex("^${var.region}-docker\\.pkg\\.dev/[^/]+/[^/]+$", var.image_repository))
    error_message = "image_repository is <region>-docker.pkg.dev/<project>/<repository>, in the region of this environment (`region`): each step and each replica pulls from it."
  }
}

variable "image_readers" {
  description = "Service accounts of later environments that pull images from here, as serviceAccount:..."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.image_readers : can(regex("^serviceAccount:[^@\\s]+@[^@\\s]+\\.gserviceaccount\\.com$", member))])
    error_message = "Name each account as serviceAccount:<name>@<project>.iam.gserviceaccount.com."
  }
}

variable "uploaders" {
  description = "People and service accounts that bring days of data, as user:... or serviceAccount:...; they write to the bucket of uploads only."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.uploaders : can(regex("^(user|serviceAccount):[^@\\s]+@[^@\\s]+$", member))])
    error_message = "Name each uploader as user:<e-mail> or serviceAccount:<e-mail>: a group or a domain lets in who is not named."
  }
}

variable "run_readers" {
  description = "Service accounts that may see how runs ended here: the next environment's build account."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.run_readers : can(regex("^serviceAccount:[^@\\s]+@[^@\\s]+\\.gserviceaccount\\.com$", member))])
    error_message = "Name each account as serviceAccount:<name>@<project>.iam.gserviceaccount.com."
  }
}

variable "earlier_environment" {
  description = "Project in which every gate must have passed a release before it is promoted here; null for none. Prod has one."
  type        = string
  default     = null

  validation {
    condition     = var.earlier_environment == null ? var.environment != "prod" : var.earlier_environment != var.project && can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.earlier_environment))
    error_message = "Name the project before this one in earlier_environment, by its id; without it the gate before prod would have nothing to look at."
  }
}

variable "promotion_windows" {
  description = "In how many of the newest windows every gate must pass a release in preprod before prod takes it; preprod is asked for as many."
  type        = number
  default     = 3

  validation {
    condition     = var.promotion_windows >= 1 && var.promotion_windows <= 10 && floor(var.promotion_windows) == var.promotion_windows
    error_message = "promotion_windows is a whole number from 1 to 10, as many as the trigger function takes."
  }

  # Windows run one after the other, and all are asked for at once: the last waits for all the others.
  validation {
    condition     = var.environment != "preprod" || var.retraining.max_event_age_h >= min(15, 3 * (var.promotion_windows - 1))
    error_message = "retraining.max_event_age_h is at least 3 hours for each of promotion_windows but the first, or 15: the last window of a release would be too late, and prod would wait for its verdict."
  }

  validation {
    condition = var.environment != "preprod" || var.retraining.max_runs >= 2 * var.promotion_windows + sum(concat([0], [
      for name, gap_h in local.schedule_gaps_h : floor(24 * var.retraining.budget_days / gap_h.longest) if !var.schedules[name].paused
    ]))
    error_message = "retraining.max_runs is at least the runs of the schedules in budget_days, and two releases of promotion_windows runs: what exceeds it is not asked again, and prod would wait for its verdict."
  }
}

variable "signing_key" {
  description = "Version of the key that images are signed with, where another environment's images are used: its output `signing_key`."
  type        = string
  default     = null

  validation {
    condition     = var.signing_key == null ? true : can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+/cryptoKeyVersions/[0-9]+$", var.signing_key))
    error_message = "signing_key is projects/<project>/locations/<region>/keyRings/<ring>/cryptoKeys/<key>/cryptoKeyVersions/<number>."
  }
}

variable "image_promoters" {
  description = "Build accounts of later environments, which verify that images were signed here, as serviceAccount:..."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.image_promoters : can(regex("^serviceAccount:[^@\\s]+@[^@\\s]+\\.gserviceaccount\\.com$", member))])
    error_message = "Name each account as serviceAccount:<name>@<project>.iam.gserviceaccount.com."
  }
}

variable "alert_email" {
  description = "Address that is told when something goes wrong (docs/alerts.md); null for none."
  type        = string
  default     = null

  validation {
    condition     = var.environment != "prod" || var.alert_email != null || length(var.alert_channels) > 0
    error_message = "In prod somebody must be told when a run fails, is stopped or does not come: set alert_email, or alert_channels."
  }

  validation {
    condition     = var.alert_email == null || can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.alert_email))
    error_message = "alert_email is an address, as in team@example.com."
  }

  validation {
    condition     = var.alert_email == null || !endswith(coalesce(var.alert_email, "-"), "@example.com") || startswith(var.project, "my-evergreen-")
    error_message = "alert_email is still the placeholder: nobody reads mail at example.com."
  }
}

variable "alert_channels" {
  description = "Further notification channels that are there already, as projects/<project>/notificationChannels/<number>."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for channel in var.alert_channels : can(regex("^projects/[^/]+/notificationChannels/[^/]+$", channel))])
    error_message = "A channel is projects/<project>/notificationChannels/<number>: `gcloud beta monitoring channels list`."
  }
}

variable "run_expected_every_h" {
  description = "Hours within which a run has to succeed; null where runs are not regular. Up to 47 a run that failed does not count; above, any run does."
  type        = number
  default     = null

  validation {
    condition     = var.run_expected_every_h == null || (coalesce(var.run_expected_every_h, 0) >= 1 && coalesce(var.run_expected_every_h, 0) <= 720 && floor(coalesce(var.run_expected_every_h, 0)) == coalesce(var.run_expected_every_h, 0))
    error_message = "run_expected_every_h is a whole number of hours from 1 to 720, or null."
  }

  validation {
    condition     = var.environment != "prod" || length(var.schedules) == 0 || var.run_expected_every_h != null
    error_message = "In prod a schedule that stops must be noticed: set run_expected_every_h to somewhat more than the hours between two of its runs."
  }

  # By the schedule that comes most often; with one by days of the month or months none is looked at.
  validation {
    condition     = var.run_expected_every_h == null || length(local.schedule_gaps_h) < length(var.schedules) || length(var.schedules) == 0 || anytrue([for name, gap_h in local.schedule_gaps_h : gap_h.longest < coalesce(var.run_expected_every_h, 0)])
    error_message = "run_expected_every_h is not more than the hours that pass between two runs of the schedule: every day would have an alert."
  }
}

variable "endpoint_limits" {
  description = "What the endpoint may do before people are told: share of answers that are its errors (5xx), and 99th percentile of latency in ms."
  type = object({
    error_ratio    = optional(number, 0.02)
    latency_p99_ms = optional(number, 2000)
  })
  default = {}

  validation {
    condition     = var.endpoint_limits.error_ratio > 0 && var.endpoint_limits.error_ratio <= 0.5 && var.endpoint_limits.latency_p99_ms > 0 && var.endpoint_limits.latency_p99_ms <= 60000
    error_message = "endpoint_limits.error_ratio is a share above 0 and at most 0.5, as 0.02 for 2 %; latency_p99_ms is above 0 and at most 60000."
  }
}

variable "billing_account" {
  description = "Billing account of the project, for the budget: XXXXXX-XXXXXX-XXXXXX."
  type        = string
  default     = null

  validation {
    condition     = var.billing_account == null || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "A billing account looks like 0A1B2C-3D4E5F-678901: `gcloud billing accounts list`."
  }

  validation {
    condition     = var.billing_account != "000000-000000-000000" || startswith(var.project, "my-evergreen-")
    error_message = "billing_account is still the placeholder: `gcloud billing accounts list`."
  }
}

variable "monthly_budget" {
  description = "What a month may cost before people are told, at 50, 90 and 100 %; nothing is switched off. null for no budget."
  type = object({
    amount   = number
    currency = string
  })
  default = null

  validation {
    condition     = var.monthly_budget == null || (try(var.monthly_budget.amount, 0) >= 1 && floor(try(var.monthly_budget.amount, 0.5)) == try(var.monthly_budget.amount, 0) && can(regex("^[A-Z]{3}$", try(var.monthly_budget.currency, ""))))
    error_message = "monthly_budget has a whole amount of at least 1 and a currency of three capital letters, that of the billing account."
  }

  validation {
    condition     = (var.monthly_budget == null) || (var.billing_account != null)
    error_message = "monthly_budget needs billing_account: a budget lies on the account that pays."
  }

  validation {
    condition     = var.environment != "prod" || var.monthly_budget != null || var.no_budget_because != null
    error_message = "In prod somebody must be told what it costs: set billing_account and monthly_budget, or say in no_budget_because who watches instead."
  }
}

variable "no_budget_because" {
  description = "Why prod has no budget here, as in \"finance watches the whole organisation\"; null where it has one."
  type        = string
  default     = null

  validation {
    condition     = var.no_budget_because == null || length(trimspace(coalesce(var.no_budget_because, " "))) >= 10
    error_message = "no_budget_because is a sentence that says who watches the costs instead."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept, the function's decisions and the steps' lines among them."
  type        = number
  default     = 30

  validation {
    condition     = var.log_retention_days >= 30 && var.log_retention_days <= 3650 && floor(var.log_retention_days) == var.log_retention_days
    error_message = "log_retention_days is a whole number from 30 to 3650: who asks why a run was stopped asks weeks later."
  }
}
