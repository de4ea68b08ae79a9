"""What `terraform plan` reads as the account of pull requests."""

from __future__ import annotations

# What the provider reads of a kind of resource when it plans: the permission of its API's get method.
READS = {
    "google_artifact_registry_repository": "artifactregistry.repositories.get",
    "google_artifact_registry_repository_iam_member": "artifactregistry.repositories.getIamPolicy",
    "google_billing_budget": "",  # of the billing account, whose owner grants its reading (docs/cloud.md)
    "google_bigquery_dataset": "bigquery.datasets.get",
    "google_bigquery_dataset_iam_member": "bigquery.datasets.getIamPolicy",
    "google_cloud_run_v2_service_iam_member": "run.services.getIamPolicy",
    "google_cloud_scheduler_job": "cloudscheduler.jobs.get",
    "google_cloudbuild_trigger": "cloudbuild.builds.get",
    "google_cloudbuildv2_repository": "cloudbuild.repositories.get",
    "google_cloudfunctions2_function": "cloudfunctions.functions.get",
    "google_compute_firewall": "compute.firewalls.get",
    "google_compute_global_address": "compute.globalAddresses.get",
    "google_compute_network": "compute.networks.get",
    "google_compute_router": "compute.routers.get",
    "google_compute_router_nat": "compute.routers.get",
    "google_compute_subnetwork": "compute.subnetworks.get",
    "google_iam_workload_identity_pool": "iam.workloadIdentityPools.get",
    "google_iam_workload_identity_pool_provider": "iam.workloadIdentityPoolProviders.get",
    "google_kms_crypto_key": "cloudkms.cryptoKeys.get",
    "google_kms_crypto_key_iam_member": "cloudkms.cryptoKeys.getIamPolicy",
    "google_kms_key_ring": "cloudkms.keyRings.get",
    "google_logging_metric": "logging.logMetrics.get",
    "google_logging_project_bucket_config": "logging.buckets.get",
    "google_monitoring_alert_policy": "monitoring.alertPolicies.get",
    "google_monitoring_dashboard": "monitoring.dashboards.get",
    "google_monitoring_notification_channel": "monitoring.notificationChannels.get",
    "google_project_iam_custom_role": "iam.roles.get",
    "google_project_iam_member": "resourcemanager.projects.getIamPolicy",
    "google_project_service": "serviceusage.services.list",
    "google_pubsub_subscription": "pubsub.subscriptions.get",
    "google_pubsub_subscription_iam_member": "pubsub.subscriptions.getIamPolicy",
    "google_pubsub_topic": "pubsub.topics.get",
    "google_pubsub_topic_iam_member": "pubsub.topics.getIamPolicy",
    "google_service_account": "iam.serviceAccounts.get",
    "google_service_account_iam_member": "iam.serviceAccounts.getIamPolicy",
    "google_service_networking_connection": "servicenetworking.services.get",
    "google_storage_bucket": "storage.buckets.get",
    "google_storage_bucket_iam_member": "storage.buckets.getIamPolicy",
    "google_storage_bucket_object": "",  # by the role on the bucket of promotions
    "google_storage_notification": "storage.buckets.get",
    "google_vertex_ai_endpoint": "aiplatform.endpoints.get",
}
# And beside it: what is read to read these, and operations that are under way.
_BESIDE = (
    "cloudbuild.connections.get",
    "cloudfunctions.operations.get",
    "logging.sinks.get",
    "resourcemanager.projects.get",
    "run.services.get",
    "serviceusage.services.get",
)
# Who asks an API by Google's `user_project_override` needs it; it lets nobody see or change anything.
COUNTED = "serviceusage.services.use"
PLANNER = frozenset({*READS.values(), *_BESIDE, COUNTED} - {""})
