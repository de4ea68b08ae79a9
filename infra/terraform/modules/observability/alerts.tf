# Alert policies, one for each way in which something can go wrong without anybody watching. docs/alerts.md has
# what each means and what to do first; the text of a policy is what arrives in the mail.

locals {
  log_alerts = {
    run-failed = {
      severity = "ERROR"
      filter   = local.run_failed
      labels   = { job = "EXTRACT(resource.labels.pipeline_job_id)" }
      means    = "A run of ${var.pipeline_name} failed. The champion goes on serving."
      first    = "`evergreen jobs --config ${var.environment}` names the step and its error. If the cause was passing, `evergreen submit --config ${var.environment} --attempt 2`; steps that had finished come from the cache."
    }
    run-stopped = {
      severity = "WARNING"
      filter   = local.gate_closed
      labels   = { gate = "REGEXP_EXTRACT(jsonPayload.message, \"evergreen gate-closed ([a-z]+)\")" }
      means    = "A gate said no. Vertex AI shows the job as succeeded; nothing was released, the champion goes on serving."
      first    = "`evergreen runs --from vertex --config ${var.environment}` has the gate's reason: what was measured, and what was needed. docs/operations.md, \"A gate is closed\"."
    }
  }

  # Of log-based metrics, alerts see 25 hours; what is longer is held (duration), and what is longer than both
  # is asked of Vertex AI's own counter of steps, which knows no success.
  lookback_h = var.run_expected_every_h == null ? 24 : min(var.run_expected_every_h, 24)
  held_h     = var.run_expected_every_h == null ? 0 : var.run_expected_every_h - local.lookback_h
  succeeded  = "logging_googleapis_com:user_${google_logging_metric.runs.name}{monitored_resource=\"aiplatform.googleapis.com/PipelineJob\",state=\"PIPELINE_STATE_SUCCEEDED\"}[${local.lookback_h}h]"
  any_step   = "aiplatform_googleapis_com:pipelinejob_task_completed_count{monitored_resource=\"aiplatform.googleapis.com/PipelineJob\"}[${coalesce(var.run_expected_every_h, 24)}h]"
  rarely     = coalesce(var.run_expected_every_h, 0) > 47

  endpoint = "resource.type=\"aiplatform.googleapis.com/Endpoint\" AND resource.labels.endpoint_id=\"${var.endpoint_id}\""
  online   = "${local.endpoint} AND metric.type=\"aiplatform.googleapis.com/prediction/online"
  # A private endpoint has metrics of its own, whose code is a number. Google names them for endpoints by peering and
  # says nothing of Private Service Connect, so that both are watched there: a metric without values alerts nobody.
  # https://cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-aiplatform
  answers = merge(
    {
      public = {
        metric     = "${local.online}/response_count\""
        own_errors = "metric.labels.response_code=starts_with(\"5\")"
        latency    = "${local.online}/prediction_latencies\""
      }
    },
    var.private_endpoint ? {
      private = {
        metric     = "${local.online}/private/response_count\""
        own_errors = "metric.labels.response_code>=500 AND metric.labels.response_code<600"
        latency    = "${local.online}/private/prediction_latencies\""
      }
    } : {},
  )
}

resource "google_monitoring_alert_policy" "log" {
  for_each = local.log_alerts

  project               = var.project
  display_name          = "${var.name} ${each.key}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels
  user_labels           = merge(var.labels, { alert = each.key })

  conditions {
    display_name = each.key
    condition_matched_log {
      filter           = each.value.filter
      label_extractors = each.value.labels
    }
  }

  alert_strategy {
    auto_close = "604800s" # 7 days
    notification_rate_limit {
      period = "300s"
    }
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "${var.name} ${var.environment}: ${each.key}"
    content   = "${each.value.means}\n\nFirst: ${each.value.first}"
  }
}

resource "google_monitoring_alert_policy" "run_missing" {
  count = var.run_expected_every_h == null ? 0 : 1

  project               = var.project
  display_name          = "${var.name} run-missing"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels
  user_labels           = merge(var.labels, { alert = "run-missing" })

  conditions {
    display_name = "run-missing"
    condition_prometheus_query_language {
      query               = "(sum(increase(${local.rarely ? local.any_step : local.succeeded})) or vector(0)) < 0.5"
      duration            = local.rarely ? "0s" : "${local.held_h * 3600}s"
      evaluation_interval = "300s"
      # The counter is made by the same apply, and Monitoring may know it ten minutes later.
      disable_metric_validation = true
    }
  }

  alert_strategy {
    auto_close = "604800s"
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "${var.name} ${var.environment}: run-missing"
    content   = "${local.rarely ? "No step of a run ended" : "No run of ${var.pipeline_name} succeeded"} in the last ${var.run_expected_every_h} hours. The champion goes on serving, and grows old.\n\nFirst: `evergreen schedule list --config ${var.environment}` says whether a schedule is paused; `gcloud logging read 'resource.labels.service_name=\"${var.function_name}\" AND jsonPayload.rule:*' --project=${var.project} --freshness=2d` what the function answered to events. No new data, a cool-down and a used-up budget of runs stand there as well."
  }
}

resource "google_monitoring_alert_policy" "dead_letters" {
  project               = var.project
  display_name          = "${var.name} dead-letters"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels
  user_labels           = merge(var.labels, { alert = "dead-letters" })

  conditions {
    display_name = "an event could not be used"
    condition_threshold {
      filter          = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${var.dead_letter_subscription}\" AND metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"
      aggregations {
        alignment_period   = "300s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  conditions {
    display_name = "nobody has looked at it for a day"
    condition_threshold {
      filter          = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${var.dead_letter_subscription}\" AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
      comparison      = "COMPARISON_GT"
      threshold_value = 86400
      duration        = "0s"
      aggregations {
        alignment_period   = "300s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  alert_strategy {
    auto_close = "604800s"
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "${var.name} ${var.environment}: dead-letters"
    content   = "The trigger function could not read an event, or failed on it a hundred times; no run came of it. They are kept for 30 days.\n\nFirst: `gcloud pubsub subscriptions pull ${var.dead_letter_subscription} --project=${var.project} --limit=10`: the attribute `why` is the cause. With `--auto-ack` they are gone, and this alert with them; `make request-run` asks for the run that was meant."
  }
}

resource "google_monitoring_alert_policy" "trigger_errors" {
  project               = var.project
  display_name          = "${var.name} trigger-errors"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels
  user_labels           = merge(var.labels, { alert = "trigger-errors" })

  conditions {
    display_name = "the function fails"
    condition_threshold {
      filter          = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${var.function_name}\" AND metric.type=\"run.googleapis.com/request_count\" AND metric.labels.response_code_class=\"5xx\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"
      aggregations {
        alignment_period     = "600s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  conditions {
    display_name = "an event waits though it is too old"
    condition_threshold {
      filter          = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${var.event_subscription}\" AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
      comparison      = "COMPARISON_GT"
      threshold_value = (var.max_event_age_h + 1) * 3600
      duration        = "0s"
      aggregations {
        alignment_period   = "300s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "${var.name} ${var.environment}: trigger-errors"
    content   = "The function that answers events failed, or events are not answered. Pub/Sub delivers an event again, a hundred times at most; after that it is a dead letter. An event that meets a run under way is answered with 429 and asked again, which is no failure.\n\nFirst: `gcloud logging read 'resource.labels.service_name=\"${var.function_name}\" AND severity>=ERROR' --project=${var.project} --freshness=1d --limit=20` has the error. Nothing promoted yet, a role that was taken away and an API that is down are the usual ones."
  }
}

resource "google_monitoring_alert_policy" "endpoint_errors" {
  project               = var.project
  display_name          = "${var.name} endpoint-errors"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.channels
  user_labels           = merge(var.labels, { alert = "endpoint-errors" })

  dynamic "conditions" {
    for_each = local.answers

    content {
      display_name = "the endpoint answers with errors of its own (${conditions.key} metric)"
      condition_threshold {
        filter             = "${conditions.value.metric} AND ${conditions.value.own_errors}"
        denominator_filter = conditions.value.metric
        comparison         = "COMPARISON_GT"
        threshold_value    = var.endpoint_limits.error_ratio
        duration           = "300s"
        aggregations {
          alignment_period     = "300s"
          per_series_aligner   = "ALIGN_RATE"
          cross_series_reducer = "REDUCE_SUM"
        }
        denominator_aggregations {
          alignment_period     = "300s"
          per_series_aligner   = "ALIGN_RATE"
          cross_series_reducer = "REDUCE_SUM"
        }
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "${var.name} ${var.environment}: endpoint-errors"
    content   = "More than ${var.endpoint_limits.error_ratio * 100} % of the endpoint's answers are errors of its own (5xx). Answers that refuse a request (4xx) are not counted.\n\nFirst: `gcloud ai endpoints describe ${var.endpoint_id} --project=${var.project} --region=${var.region}` shows the models and their traffic. If it began with a release, give the traffic back to the model before it: `gcloud ai endpoints update ${var.endpoint_id} --project=${var.project} --region=${var.region} --traffic-split=<deployed model before>=100`."
  }
}

resource "google_monitoring_alert_policy" "endpoint_latency" {
  project               = var.project
  display_name          = "${var.name} endpoint-latency"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels
  user_labels           = merge(var.labels, { alert = "endpoint-latency" })

  dynamic "conditions" {
    for_each = local.answers

    content {
      display_name = "the slowest hundredth of answers is too slow (${conditions.key} metric)"
      condition_threshold {
        filter          = conditions.value.latency
        comparison      = "COMPARISON_GT"
        threshold_value = var.endpoint_limits.latency_p99_ms
        duration        = "600s"
        aggregations {
          alignment_period     = "300s"
          per_series_aligner   = "ALIGN_PERCENTILE_99"
          cross_series_reducer = "REDUCE_MAX"
        }
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "${var.name} ${var.environment}: endpoint-latency"
    content   = "One in a hundred answers takes longer than ${var.endpoint_limits.latency_p99_ms} ms, for ten minutes.\n\nFirst: look at the dashboard \"${var.name}\": with many requests, raise `cloud.endpoint.max_replicas`; with few, the model of the last release is slower than the one before (`evergreen lineage champion --from vertex --config ${var.environment}`)."
  }
}
