variable "project" {
  description = "Project of this environment."
  type        = string
}

variable "project_number" {
  description = "The project's number; Workload Identity names pools by it."
  type        = string
}

variable "region" {
  description = "Region of the builds."
  type        = string
}

variable "name" {
  description = "What every name begins with."
  type        = string
}

variable "environment" {
  description = "dev builds pushes and pull requests; preprod and prod build tags."
  type        = string
}

variable "accounts" {
  description = "Role (build, pipeline, training, ...) to service account e-mail."
  type        = map(string)
}

variable "buckets" {
  description = "Use (uploads, artifacts, promotions) to bucket name."
  type        = map(string)
}

variable "image_repository" {
  description = "Where images are pushed in dev and pulled everywhere."
  type        = string
}

variable "github" {
  description = "Repository whose pushes are built; null for no triggers."
  type = object({
    owner         = string
    repository    = string
    repository_id = string
    connection    = string
    branch        = string
  })
}

variable "terraform_service_account" {
  description = "E-mail of the account that applies in Cloud Build; null for no such builds."
  type        = string
}

variable "ci_image" {
  description = "Image that builds run in, by digest; null without builds."
  type        = string
}

variable "approvers" {
  description = "Members who may approve builds that wait."
  type        = list(string)
}

variable "earlier_environment" {
  description = "Project in which every gate must have passed a release; null for none."
  type        = string
}

variable "promotion_windows" {
  description = "In how many of the newest windows of the earlier environment every gate must have passed a release."
  type        = number
}

variable "signing_key" {
  description = "Version of the Cloud KMS key that images are signed with, as its resource name."
  type        = string
}

variable "topic" {
  description = "Topic on which a build asks for a run."
  type        = string
}

variable "pipeline_name" {
  description = "The pipeline's name in its configuration."
  type        = string
}
