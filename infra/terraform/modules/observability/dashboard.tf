# One page on which a person sees whether the pipeline runs, what its gates say and how its endpoint does.

locals {
  user_metric = "logging.googleapis.com/user"
  per_hour    = { alignmentPeriod = "3600s", perSeriesAligner = "ALIGN_SUM", crossSeriesReducer = "REDUCE_SUM" }
  per_minute  = { alignmentPeriod = "60s", perSeriesAligner = "ALIGN_RATE", crossSeriesReducer = "REDUCE_SUM" }

  # Title, filter, how points are put together, and what a line stands for.
  charts = concat([
    {
      title       = "Runs by state, an hour"
      filter      = "resource.type=\"aiplatform.googleapis.com/PipelineJob\" AND metric.type=\"${local.user_metric}/${google_logging_metric.runs.name}\""
      aggregation = merge(local.per_hour, { groupByFields = ["metric.label.state"] })
    },
    {
      title       = "Answers of gates, an hour; `release open` is a new model"
      filter      = "resource.type=\"ml_job\" AND metric.type=\"${local.user_metric}/${google_logging_metric.gates.name}\""
      aggregation = merge(local.per_hour, { groupByFields = ["metric.label.gate", "metric.label.answer"] })
    },
    {
      title       = "Events by the rule that decided, an hour"
      filter      = "resource.type=\"cloud_run_revision\" AND metric.type=\"${local.user_metric}/${google_logging_metric.decisions.name}\""
      aggregation = merge(local.per_hour, { groupByFields = ["metric.label.rule"] })
    },
    {
      title       = "Dead letters"
      filter      = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${var.dead_letter_subscription}\" AND metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\""
      aggregation = { alignmentPeriod = "300s", perSeriesAligner = "ALIGN_MAX" }
    },
    {
      title       = "Endpoint: replicas"
      filter      = "${local.endpoint} AND metric.type=\"aiplatform.googleapis.com/prediction/online/replicas\""
      aggregation = { alignmentPeriod = "300s", perSeriesAligner = "ALIGN_MAX", crossSeriesReducer = "REDUCE_SUM" }
    },
    {
      title       = "Dataflow: vCPUs of workers, by job"
      filter      = "resource.type=\"dataflow_job\" AND metric.type=\"dataflow.googleapis.com/job/current_num_vcpus\""
      aggregation = { alignmentPeriod = "60s", perSeriesAligner = "ALIGN_MEAN", crossSeriesReducer = "REDUCE_SUM", groupByFields = ["resource.label.job_name"] }
    },
    ], flatten([for name, metrics in local.answers : [
      {
        title       = "Endpoint: answers a second, by code (${name} metric)"
        filter      = metrics.metric
        aggregation = merge(local.per_minute, { groupByFields = ["metric.label.response_code"] })
      },
      {
        title       = "Endpoint: latency, 99th percentile, ms, by deployed model (${name} metric)"
        filter      = metrics.latency
        aggregation = { alignmentPeriod = "300s", perSeriesAligner = "ALIGN_PERCENTILE_99", crossSeriesReducer = "REDUCE_MAX", groupByFields = ["metric.label.deployed_model_id"] }
      },
  ]]))
}

resource "google_monitoring_dashboard" "this" {
  project = var.project

  dashboard_json = jsonencode({
    displayName = var.name
    mosaicLayout = {
      columns = 48
      tiles = [for position, chart in local.charts : {
        xPos   = (position % 2) * 24
        yPos   = floor(position / 2) * 16
        width  = 24
        height = 16
        widget = {
          title = chart.title
          xyChart = {
            dataSets = [{
              plotType        = "LINE"
              targetAxis      = "Y1"
              timeSeriesQuery = { timeSeriesFilter = { filter = chart.filter, aggregation = chart.aggregation } }
            }]
          }
        }
      }]
    }
  })
}
