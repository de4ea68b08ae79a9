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
  description = "Region of buckets, images and key."
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

variable "intermediate_artifacts_days" {
  description = "Days after which intermediate artifacts are deleted."
  type        = number
}

variable "customer_managed_key" {
  description = "Whether to encrypt with a key of this project."
  type        = bool
}

variable "own_image_repository" {
  description = "Whether images are built and kept here."
  type        = bool
}

variable "image_readers" {
  description = "Members outside this environment that pull images."
  type        = list(string)
}

variable "uploaders" {
  description = "Members who bring days of data."
  type        = list(string)
}

variable "image_promoters" {
  description = "Members outside this environment that verify signatures."
  type        = list(string)
}

variable "logs_requests" {
  description = "Whether the endpoint's requests are kept in BigQuery, which encrypts them with the key."
  type        = bool
}
