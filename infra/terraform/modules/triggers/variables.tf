variable "project" {
  description = "Project of this environment."
  type        = string
}

variable "project_number" {
  description = "The project's number; Google's service agents are named after it."
  type        = string
}

variable "storage_agent" {
  description = "E-mail of Cloud Storage's service agent."
  type        = string
}

variable "region" {
  description = "Region of schedules and function."
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

variable "accounts" {
  description = "Role (build, pipeline, training, ...) to service account e-mail."
  type        = map(string)
}

variable "buckets" {
  description = "Use (uploads, artifacts, promotions) to bucket name."
  type        = map(string)
}

variable "encryption_key" {
  description = "Key of topics and jobs; null for Google's own."
  type        = string
}

variable "schedules" {
  description = "Name to cron, time zone, paused."
  type = map(object({
    cron      = string
    time_zone = string
    paused    = bool
  }))
}

variable "retraining" {
  description = "Policy of monitoring/retraining/rule.py."
  type = object({
    cool_down_h     = number
    max_event_age_h = number
    max_runs        = number
    budget_days     = number
  })
}

variable "trigger_package" {
  description = "Zip of the trigger function."
  type        = string
}

variable "pipeline_name" {
  description = "The pipeline's name in its configuration; schedules begin with it."
  type        = string
}
