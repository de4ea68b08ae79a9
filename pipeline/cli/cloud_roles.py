"""The roles and APIs that are needed; tests compare every line with the plan of infra/terraform."""

from __future__ import annotations

from collections.abc import Mapping

# Roles on single resources, except those that begin with `project:`.
ACCOUNTS: Mapping[str, frozenset[str]] = {
    "build": frozenset(
        {
            "storage_bucket:storage.objectUser",
            "artifact_registry_repository:artifactregistry.writer",
            "project:custom submitter",
            "project:logging.logWriter",
            "project:storage.objectViewer",  # of the sources of functions only, by a condition
            "service_account:iam.serviceAccountUser",
            "pubsub_topic:pubsub.publisher",
        }
    ),
    "plan": frozenset(
        {
            "storage_bucket:storage.objectViewer",
            "artifact_registry_repository:artifactregistry.reader",
            "project:custom planner",
            "project:logging.logWriter",
        }
    ),
    "pull-request": frozenset(
        {
            "artifact_registry_repository:artifactregistry.reader",
            "project:logging.logWriter",
        }
    ),
    "pipeline": frozenset(
        {
            "storage_bucket:storage.objectUser",
            "storage_bucket:storage.objectViewer",
            "artifact_registry_repository:artifactregistry.reader",
            "project:aiplatform.user",
            "project:dataflow.developer",
            "project:dataflow.worker",
            "project:logging.logWriter",
            "project:monitoring.viewer",  # monitoring.timeSeries.list, of `evergreen rollout --from vertex`
            "service_account:iam.serviceAccountUser",
        }
    ),
    "training": frozenset(
        {
            "storage_bucket:storage.objectUser",
            "storage_bucket:storage.objectViewer",
            "artifact_registry_repository:artifactregistry.reader",
            "project:logging.logWriter",
            "project:monitoring.metricWriter",
        }
    ),
    "serving": frozenset(
        {
            "storage_bucket:storage.objectViewer",
            "artifact_registry_repository:artifactregistry.reader",
            "project:logging.logWriter",
        }
    ),
    "trigger": frozenset(
        {
            "storage_bucket:storage.objectViewer",
            "project:custom submitter",
            "project:logging.logWriter",
            "service_account:iam.serviceAccountUser",
            "pubsub_topic:pubsub.publisher",
            "cloud_run_v2_service:run.invoker",
        }
    ),
}

# Roles on the project of the person (or account) who applies Terraform, and the resources they are for.
# `billing.costsManager` is held on the billing account instead.
PERSON: Mapping[str, tuple[str, ...]] = {
    "roles/serviceusage.serviceUsageAdmin": ("google_project_service",),
    "roles/resourcemanager.projectIamAdmin": ("google_project_iam_member",),
    "roles/iam.roleAdmin": ("google_project_iam_custom_role",),
    "roles/iam.serviceAccountAdmin": ("google_service_account", "google_service_account_iam_member"),
    "roles/iam.serviceAccountUser": ("google_cloudfunctions2_function", "google_cloudbuild_trigger"),
    "roles/iam.workloadIdentityPoolAdmin": (
        "google_iam_workload_identity_pool",
        "google_iam_workload_identity_pool_provider",
    ),
    "roles/storage.admin": (
        "google_storage_bucket",
        "google_storage_bucket_iam_member",
        "google_storage_bucket_object",
        "google_storage_notification",
    ),
    "roles/artifactregistry.admin": (
        "google_artifact_registry_repository",
        "google_artifact_registry_repository_iam_member",
    ),
    "roles/aiplatform.user": ("google_vertex_ai_endpoint",),
    "roles/bigquery.dataOwner": ("google_bigquery_dataset", "google_bigquery_dataset_iam_member"),
    "roles/pubsub.admin": (
        "google_pubsub_topic",
        "google_pubsub_topic_iam_member",
        "google_pubsub_subscription",
        "google_pubsub_subscription_iam_member",
    ),
    "roles/cloudscheduler.admin": ("google_cloud_scheduler_job",),
    "roles/cloudfunctions.admin": ("google_cloudfunctions2_function",),
    "roles/run.admin": ("google_cloud_run_v2_service_iam_member",),
    "roles/monitoring.editor": (
        "google_monitoring_notification_channel",
        "google_monitoring_alert_policy",
        "google_monitoring_dashboard",
    ),
    "roles/logging.configWriter": ("google_logging_metric", "google_logging_project_bucket_config"),
    "roles/billing.costsManager": ("google_billing_budget",),
    "roles/cloudbuild.builds.editor": ("google_cloudbuild_trigger",),
    "roles/cloudbuild.connectionAdmin": ("google_cloudbuildv2_repository",),
    "roles/cloudkms.admin": (
        "google_kms_key_ring",
        "google_kms_crypto_key",
        "google_kms_crypto_key_iam_member",
    ),
    "roles/compute.networkAdmin": (
        "google_compute_network",
        "google_compute_subnetwork",
        "google_compute_global_address",
        "google_compute_router",
        "google_compute_router_nat",
        "google_service_networking_connection",
    ),
    "roles/compute.securityAdmin": ("google_compute_firewall",),
}

APIS: tuple[str, ...] = (
    "aiplatform",
    "artifactregistry",
    "bigquery",
    "bigquerystorage",
    "billingbudgets",
    "cloudbuild",
    "cloudfunctions",
    "cloudkms",
    "cloudresourcemanager",
    "cloudscheduler",
    "compute",
    "containeranalysis",
    "containerscanning",
    "dataflow",
    "eventarc",
    "iam",
    "iamcredentials",
    "logging",
    "monitoring",
    "pubsub",
    "run",
    "servicenetworking",
    "storage",
    "sts",
)
