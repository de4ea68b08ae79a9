terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }

  # terraform init -backend-config=bucket=<state bucket> -backend-config=prefix=<environment>
  backend "gcs" {}
}

provider "google" {
  project = var.project
  region  = var.region

  # The API of budgets belongs to no project: calls are counted as this one's.
  billing_project       = var.project
  user_project_override = true
}
