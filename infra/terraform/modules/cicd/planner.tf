# Permissions of `terraform plan`, by what they read.

locals {
  planner_permissions = flatten(values({
    project        = ["resourcemanager.projects.get", "resourcemanager.projects.getIamPolicy"]
    services       = ["serviceusage.services.get", "serviceusage.services.list"]
    quota          = ["serviceusage.services.use"] # user_project_override counts every call as this project's
    accounts       = ["iam.serviceAccounts.get", "iam.serviceAccounts.getIamPolicy"]
    roles          = ["iam.roles.get"]
    identity_pools = ["iam.workloadIdentityPools.get", "iam.workloadIdentityPoolProviders.get"]
    buckets        = ["storage.buckets.get", "storage.buckets.getIamPolicy"]
    keys           = ["cloudkms.keyRings.get", "cloudkms.cryptoKeys.get", "cloudkms.cryptoKeys.getIamPolicy"]
    images         = ["artifactregistry.repositories.get", "artifactregistry.repositories.getIamPolicy"]
    endpoints      = ["aiplatform.endpoints.get"]
    datasets       = ["bigquery.datasets.get", "bigquery.datasets.getIamPolicy"]
    topics         = ["pubsub.topics.get", "pubsub.topics.getIamPolicy"]
    subscriptions  = ["pubsub.subscriptions.get", "pubsub.subscriptions.getIamPolicy"]
    schedules      = ["cloudscheduler.jobs.get"]
    functions      = ["cloudfunctions.functions.get", "cloudfunctions.operations.get"]
    services_run   = ["run.services.get", "run.services.getIamPolicy"]
    monitoring     = ["monitoring.notificationChannels.get", "monitoring.alertPolicies.get", "monitoring.dashboards.get"]
    logs           = ["logging.buckets.get", "logging.logMetrics.get", "logging.sinks.get"]
    builds         = ["cloudbuild.builds.get", "cloudbuild.repositories.get", "cloudbuild.connections.get"]
    network = [
      "compute.networks.get", "compute.subnetworks.get", "compute.firewalls.get", "compute.globalAddresses.get",
      "compute.routers.get", "servicenetworking.services.get",
    ]
  }))
}
