"""What is unsafe in a plan: each rule names every fault that it finds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.infra.terraform_plans import Plan

NUMBER = "123456789012"  # of the project, as the mocked provider has it
REPOSITORY_ID = "123456789"  # of the run that has a repository
# Google's own service agents that are granted something, by the domain of service-<number>@<domain>:
# cloud.google.com/iam/docs/service-agents
AGENTS = {
    "compute-system",  # disks of Dataflow's workers
    "dataflow-service-producer-prod",
    "gcf-admin-robot",
    "gcp-sa-aiplatform",
    "gcp-sa-artifactregistry",
    "gcp-sa-cloudscheduler",
    "gcp-sa-eventarc",
    "gcp-sa-monitoring-notification",
    "gcp-sa-pubsub",
    "gs-project-accounts",
    "serverless-robot-prod",
}
# Who encrypts what is made with the key, and what jobs make later. Functions are images on Cloud Run:
# cloud.google.com/functions/docs/securing/cmek
KEY_USERS = {
    "google_storage_bucket": {"gs-project-accounts"},
    "google_artifact_registry_repository": {"gcp-sa-artifactregistry"},
    "google_pubsub_topic": {"gcp-sa-pubsub"},
    "google_vertex_ai_endpoint": {"gcp-sa-aiplatform"},
    "google_cloudfunctions2_function": {"gcf-admin-robot", "gcp-sa-eventarc", "serverless-robot-prod"},
}
JOBS_KEY_USERS = {"gcp-sa-aiplatform", "dataflow-service-producer-prod", "compute-system"}
_READS = re.compile(r"(viewer|Viewer|legacyBucketReader)$")
_ROTATION_S = 90 * 24 * 3600
_DATAFLOW = [{"protocol": "tcp", "ports": ["12345-12346"]}]


def in_plan(plan: Plan, declared: frozenset[str], way_out: bool) -> Iterator[str]:
    """Names every fault of a plan.

    Args:
      plan: of one environment.
      declared: members that its tfvars file lets in by name.
      way_out: whether its network, if it has one, shall reach what is not Google's.
    """
    yield from _strangers(plan, declared)
    yield from _writers(plan, declared)
    yield from _dead_letters(plan)
    yield from _firewall(plan)
    yield from _nat(plan, way_out)
    yield from _functions(plan)
    yield from _workload_identity(plan)
    yield from _keys(plan)
    yield from _regions(plan)


def _strangers(plan: Plan, declared: frozenset[str]) -> Iterator[str]:
    """No member is from outside of the project, but Google's agents of it and who is declared."""
    accounts = {f"serviceAccount:{email}" for email in plan.outputs["accounts"].values()}
    agent = re.compile(rf"serviceAccount:service-{NUMBER}@({'|'.join(AGENTS)})\.iam\.gserviceaccount\.com")
    for address, role, member in plan.grants():
        pool = f"/{NUMBER}/locations/global/workloadIdentityPools/"
        of_pool = role == "roles/iam.workloadIdentityUser" and pool in member
        if not (member in accounts | declared or agent.fullmatch(member) or of_pool):
            yield f"{address}: {member} is from outside of the project"


def _writers(plan: Plan, declared: frozenset[str]) -> Iterator[str]:
    """Runs write artifacts, training and builds a part of them, and only who is declared writes uploads."""
    buckets = plan.outputs["configuration"]["cloud"]
    artifacts = buckets["bucket"].removeprefix("gs://")
    uploads = buckets["data"].removeprefix("gs://").partition("/")[0]
    parts = {"training": "/Trainer_{attempt}/", "build": f"{artifacts}/objects/schemas/"}
    member_of = {f"serviceAccount:{email}": role for role, email in plan.outputs["accounts"].items()}
    for address, grant in plan.of_type("google_storage_bucket_iam_member").items():
        bucket, member = grant["bucket"], grant["member"]
        if _READS.search(grant["role"]):
            continue
        account = member_of.get(member)
        condition = "".join(each["expression"] for each in grant.get("condition") or ())
        part = parts.get(account or "")
        fine = (
            (bucket == artifacts and (account == "pipeline" or bool(part and part in condition)))
            or (bucket == uploads and member in declared)
            or (bucket == f"{artifacts}-promotions" and account == "build")
        )
        if not fine:
            yield f"{address}: {member} writes to {bucket}"


def _dead_letters(plan: Plan) -> Iterator[str]:
    """What the function cannot use is kept, and people are told."""
    subscriptions = plan.of_type("google_pubsub_subscription")
    for address, subscription in subscriptions.items():
        if subscription.get("push_config") and not subscription.get("dead_letter_policy"):
            yield f"{address}: events that it cannot deliver are lost, for it has no dead_letter_policy"
    filters = str(
        [policy["conditions"] for policy in plan.of_type("google_monitoring_alert_policy").values()]
    )
    kept = plan.outputs["dead_letters"].rpartition("/")[2]
    if f'"{kept}"' not in filters:
        yield f"no alert policy looks at {kept}"


def _firewall(plan: Plan) -> Iterator[str]:
    """Nothing is let in but Dataflow's workers among themselves."""
    for address, rule in plan.of_type("google_compute_firewall").items():
        if rule.get("direction") == "EGRESS":
            continue
        from_workers = rule.get("source_tags") == rule.get("target_tags") == ["dataflow"]
        if not from_workers or rule.get("source_ranges"):
            yield f"{address}: lets in more than Dataflow's workers"
        if rule.get("allow") != _DATAFLOW:
            yield f"{address}: opens {rule.get('allow')}"


def _nat(plan: Plan, wanted: bool) -> Iterator[str]:
    """Machines without public addresses have a way out, and its errors are logged."""
    networks = len(plan.of_type("google_compute_network.this")) if wanted else 0
    logged = [nat["log_config"] for nat in plan.of_type("google_compute_router_nat").values()]
    if logged != [[{"enable": True, "filter": "ERRORS_ONLY"}]] * networks:
        yield f"{networks} networks have {len(logged)} Cloud NAT with its errors logged"


def _functions(plan: Plan) -> Iterator[str]:
    """A function is asked from inside only, by who may invoke it."""
    for address, function in plan.of_type("google_cloudfunctions2_function").items():
        settings = function["service_config"][0]["ingress_settings"]
        if settings != "ALLOW_INTERNAL_ONLY":
            yield f"{address}: its ingress is {settings}"


def _workload_identity(plan: Plan) -> Iterator[str]:
    """One branch of one repository, by its number, on an event that runs the branch's own code."""
    wanted = (
        f'assertion.repository_id == "{REPOSITORY_ID}"',
        'assertion.ref == "refs/heads/main"',
        'assertion.event_name in ["push", "workflow_dispatch"]',
    )
    for address, provider in plan.of_type("google_iam_workload_identity_pool_provider").items():
        terms = (provider.get("attribute_condition") or "").split(" && ")
        missing = [term for term in wanted if term not in terms]
        if missing:
            yield f"{address}: its condition lacks {' and '.join(missing)}"
        if provider["attribute_mapping"].get("attribute.repository_id") != "assertion.repository_id":
            yield f"{address}: attribute.repository_id is not the repository's number"
    for address, role, member in plan.grants():
        if role == "roles/iam.workloadIdentityUser" and not member.endswith(
            f"/attribute.repository_id/{REPOSITORY_ID}"
        ):
            yield f"{address}: {member} is more than the repository"


def _keys(plan: Plan) -> Iterator[str]:
    """Keys are renewed, and each service that encrypts with one may use it."""
    for address, key in plan.of_type("google_kms_crypto_key").items():
        if key.get("purpose") == "ASYMMETRIC_SIGN":
            continue  # it encrypts nothing, and Cloud KMS renews no such key
        period = int((key.get("rotation_period") or "0s").removesuffix("s"))
        if not 0 < period <= _ROTATION_S:
            yield f"{address}: its rotation_period is {key.get('rotation_period')}"
        granted = plan.of_type("google_kms_crypto_key_iam_member").values()
        users = {grant["member"].partition("@")[2].partition(".")[0] for grant in granted}
        for kind, agents in {**KEY_USERS, "jobs": JOBS_KEY_USERS}.items():
            if (kind == "jobs" or plan.of_type(kind)) and not agents <= users:
                yield f"{address}: {', '.join(sorted(agents - users))} of {kind} may not use it"


def _regions(plan: Plan) -> Iterator[str]:
    """What has a place is in the environment's region: Vertex AI takes a key of its own region only."""
    region = plan.outputs["configuration"]["cloud"]["region"]
    for address, values in plan.resources.items():
        for place in (values.get("location"), values.get("region")):
            if place not in (None, region, "global"):
                yield f"{address}: is in {place}, and the environment in {region}"
