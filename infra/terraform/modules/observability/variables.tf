variable "project" {
  description = "Project of this environment."
  type        = string
}

variable "project_number" {
  description = "The project's number; a budget names projects by it."
  type        = string
}

variable "region" {
  description = "Region of runs, function and endpoint."
  type        = string
}

variable "name" {
  description = "What every name begins with."
  type        = string
}

variable "labels" {
  description = "Labels of everything that can bear them."
  type        = map(string)
}

variable "environment" {
  description = "dev, preprod or prod."
  type        = string
}

variable "pipeline_name" {
  description = "The pipeline's name in its configuration; its runs bear it."
  type        = string
}

variable "function_name" {
  description = "Name of the trigger function, and of the Cloud Run service that it is."
  type        = string
}

variable "event_subscription" {
  description = "Name of the subscription that hands events to the function."
  type        = string
}

variable "max_event_age_h" {
  description = "Hours after which the function takes an event for late; until then one may wait for a run under way."
  type        = number
}

variable "dead_letter_subscription" {
  description = "Name of the subscription that keeps what could not be used."
  type        = string
}

variable "endpoint_id" {
  description = "Number of the endpoint."
  type        = string
}

variable "private_endpoint" {
  description = "Whether the endpoint is reachable by Private Service Connect only; it has metrics of its own then."
  type        = bool
}

variable "alert_email" {
  description = "Address that is told; null for none."
  type        = string
}

variable "alert_channels" {
  description = "Names of further notification channels that are there already."
  type        = list(string)
}

variable "run_expected_every_h" {
  description = "Hours within which a run has to succeed; null where runs are not regular."
  type        = number
}

variable "endpoint_limits" {
  description = "What the endpoint may do before people are told: share of answers that are its errors, and 99th percentile of latency."
  type = object({
    error_ratio    = number
    latency_p99_ms = number
  })
}

variable "billing_account" {
  description = "Billing account that the budget is on; null for no budget."
  type        = string
}

variable "monthly_budget" {
  description = "Amount and currency that a month may cost; null for no budget."
  type = object({
    amount   = number
    currency = string
  })
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
}
