variable "project" {
  description = "Project of this environment."
  type        = string
}

variable "project_number" {
  description = "The project's number; Vertex AI names networks by it."
  type        = string
}

variable "region" {
  description = "Region of jobs and subnet."
  type        = string
}

variable "name" {
  description = "What every name begins with."
  type        = string
}

variable "accounts" {
  description = "Role (build, pipeline, training, ...) to service account e-mail."
  type        = map(string)
}

variable "network" {
  description = "Own network, or null."
  type = object({
    subnet_cidr      = string
    peering_prefix   = number
    private_endpoint = bool
    nat              = bool
  })
}

variable "run_readers" {
  description = "Members outside this environment that may see how runs ended."
  type        = list(string)
}

variable "bigquery_datasets" {
  description = "Datasets whose tables are read as days."
  type        = list(object({ project = string, dataset = string }))
}
