output "alerts" {
  description = "What people are told of."
  value = concat(
    keys(local.log_alerts),
    google_monitoring_alert_policy.run_missing[*].user_labels.alert,
    ["dead-letters", "trigger-errors", "endpoint-errors", "endpoint-latency"],
  )
}
