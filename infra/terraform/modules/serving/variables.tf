variable "project" {
  description = "Project of this environment."
  type        = string
}

variable "project_number" {
  description = "The project's number; Google's service agents are named after it."
  type        = string
}

variable "region" {
  description = "Region of the endpoint."
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

variable "endpoint_id" {
  description = "Number of the endpoint."
  type        = string
}

variable "private_endpoint" {
  description = "Whether the endpoint is reachable by Private Service Connect only."
  type        = bool
}

variable "encryption_key" {
  description = "Key of the endpoint; null for Google's own."
  type        = string
}

variable "endpoint_name" {
  description = "Display name of the endpoint; the pipeline finds it by this."
  type        = string
}

variable "request_logging" {
  description = "Share of the requests that are logged into BigQuery, and days until they go; null for none."
  type        = object({ sampling_rate = number, keep_days = number })
}
