# Who is told, and what is counted: log-based metrics, log retention, the budget. Alerts are in alerts.tf.

locals {
  channels = concat(google_monitoring_notification_channel.people[*].id, var.alert_channels)

  # Vertex AI writes one entry for each state of a job; a job in which a gate said no ends as SUCCEEDED.
  run_states = join(" AND ", [
    "logName=\"projects/${var.project}/logs/aiplatform.googleapis.com%2Fpipeline_job_events\"",
    "resource.type=\"aiplatform.googleapis.com/PipelineJob\"",
    "jsonPayload.pipelineName=\"${var.pipeline_name}\"",
  ])
  run_failed = "${local.run_states} AND jsonPayload.state=\"PIPELINE_STATE_FAILED\""

  # A step's lines (components/gates/told.py). They are text to some of Google's log agents and JSON to others;
  # the words are in `message` either way.
  gate_told   = "resource.type=\"ml_job\" AND jsonPayload.message:\"evergreen gate-\""
  gate_closed = "resource.type=\"ml_job\" AND jsonPayload.message:\"evergreen gate-closed \""

  # The trigger function's lines (infra/functions/trigger/handler.py).
  decided = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${var.function_name}\" AND jsonPayload.rule:*"

  metric_prefix = replace(var.name, "-", "_")
}

resource "google_monitoring_notification_channel" "people" {
  count = var.alert_email == null ? 0 : 1

  project      = var.project
  display_name = "${var.name} people"
  type         = "email"
  labels       = { email_address = var.alert_email }
  user_labels  = var.labels
}

resource "google_logging_metric" "runs" {
  project     = var.project
  name        = "${local.metric_prefix}_runs"
  description = "States that runs of ${var.pipeline_name} came into."
  filter      = local.run_states

  label_extractors = { state = "EXTRACT(jsonPayload.state)" }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    labels {
      key        = "state"
      value_type = "STRING"
    }
  }
}

resource "google_logging_metric" "gates" {
  project     = var.project
  name        = "${local.metric_prefix}_gates"
  description = "What gates answered; `release` is the last of them."
  filter      = local.gate_told

  label_extractors = {
    answer = "REGEXP_EXTRACT(jsonPayload.message, \"evergreen gate-(open|closed) \")"
    gate   = "REGEXP_EXTRACT(jsonPayload.message, \"evergreen gate-[a-z]+ ([a-z]+)\")"
  }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    labels {
      key        = "answer"
      value_type = "STRING"
    }
    labels {
      key        = "gate"
      value_type = "STRING"
    }
  }
}

resource "google_logging_metric" "decisions" {
  project     = var.project
  name        = "${local.metric_prefix}_decisions"
  description = "What became of events: by which rule a run was started, or was not."
  filter      = local.decided

  label_extractors = { rule = "EXTRACT(jsonPayload.rule)" }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    labels {
      key        = "rule"
      value_type = "STRING"
    }
  }
}

# Audit logs of administration lie in `_Required`, which keeps them 400 days and cannot be changed.
resource "google_logging_project_bucket_config" "default" {
  project        = var.project
  location       = "global"
  bucket_id      = "_Default"
  retention_days = var.log_retention_days
}

resource "google_billing_budget" "month" {
  count = var.monthly_budget == null ? 0 : 1

  billing_account = var.billing_account
  display_name    = "${var.name} ${var.environment}"

  budget_filter {
    projects        = ["projects/${var.project_number}"]
    calendar_period = "MONTH"
  }

  amount {
    specified_amount {
      currency_code = var.monthly_budget.currency
      units         = tostring(var.monthly_budget.amount)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0]
    content {
      threshold_percent = threshold_rules.value
    }
  }

  all_updates_rule {
    monitoring_notification_channels = slice(local.channels, 0, min(5, length(local.channels))) # the API's most
    disable_default_iam_recipients   = false
  }
}
