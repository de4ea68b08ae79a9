"""What is unsafe in a plan: each rule names every fault that it finds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.infra import (
    agent_grants,
    alert_faults,
    bucket_faults,
    build_trigger_faults,
    event_faults,
    grant_faults,
    service_faults,
)
from tests.infra.terraform_plans import TFVARS, Plan

# Who encrypts what is made with the key, and what jobs make later. Functions are images on Cloud Run:
# cloud.google.com/functions/docs/securing/cmek
KEY_USERS = {
    "google_storage_bucket": {"gs-project-accounts"},
    "google_artifact_registry_repository": {"gcp-sa-artifactregistry"},
    "google_pubsub_topic": {"gcp-sa-pubsub"},
    "google_vertex_ai_endpoint": {"gcp-sa-aiplatform"},
    "google_bigquery_dataset": {"bigquery-encryption"},
    "google_cloudfunctions2_function": {"gcf-admin-robot", "gcp-sa-eventarc", "serverless-robot-prod"},
}
JOBS_KEY_USERS = {"gcp-sa-aiplatform", "dataflow-service-producer-prod", "compute-system"}
# Names of branches and tags, of which main and releases start builds.
REFS = (
    *("main", "main2", "not-main", "feature/main", "main/feature", "dev", "latest", ""),
    *("v1.2.3", "v10.20.30", "1.2.3", "v1", "v1.2", "v1.2.3.4", "v1.2.3-rc1", "v1.2.x", "xv1.2.3", "v1x2x3"),
)
OTHER_EVENTS = ("github", "pubsub_config", "trigger_template", "webhook_config")
_ROTATION_S = 90 * 24 * 3600
_DATAFLOW = [{"protocol": "tcp", "ports": ["12345-12346"]}]


def in_plan(plan: Plan, environment: str, tfvars: Path = TFVARS) -> Iterator[str]:
    """Names every fault of a plan.

    Args:
      plan: of one environment.
      environment: dev, preprod or prod.
      tfvars: folder of its tfvars file, which says who is let in by name, whether the network, if it
        has one, shall reach what is not Google's, who is told, and whether a schedule is paused.
    """
    text = (tfvars / f"{environment}.tfvars").read_text()
    declared = frozenset(re.findall(r'^[^#\n]*"((?:serviceAccount|user|group):[^"]+)"', text, re.MULTILINE))
    way_out = not re.search(r"^\s*nat\s*=\s*false", text, re.MULTILINE)
    yield from grant_faults.in_grants(plan, declared, environment)
    yield from bucket_faults.in_reach(plan, declared)
    yield from bucket_faults.in_lifecycles(plan)
    yield from alert_faults.in_alerts(
        plan, told=bool(re.search(r"^alert_(email|channels)\s*=", text, re.MULTILINE))
    )
    yield from event_faults.in_events(plan, may_pause=bool(re.search(r"\bpaused\s*=\s*true", text)))
    yield from agent_grants.in_agents(plan, declared)
    yield from build_trigger_faults.in_build_triggers(plan, environment, text)
    yield from service_faults.in_services(plan)
    yield from _builds(plan)
    yield from _dead_letters(plan)
    yield from _firewall(plan)
    yield from _nat(plan, way_out)
    yield from _functions(plan)
    yield from _keys(plan)
    yield from _regions(plan)


def _builds(plan: Plan) -> Iterator[str]:
    """A build starts on the branch, or on the tag of a release, and on no name that only looks like it."""
    for address, trigger in plan.of_type("google_cloudbuild_trigger").items():
        others = [kind for kind in OTHER_EVENTS if trigger.get(kind)]
        if others or not trigger.get("repository_event_config"):
            yield f"{address}: starts by {', '.join(others) or 'hand'}"
            continue
        events = trigger["repository_event_config"][0]
        for event in (*events["push"], *events["pull_request"]):
            written = event.get("branch") or event.get("tag") or ""
            taken = {
                name for name in REFS if bool(re.search(written, name)) != bool(event.get("invert_regex"))
            }
            wanted = {"main"} if event.get("branch") else {"v1.2.3", "v10.20.30"}
            if taken != wanted:
                yield f"{address}: starts on {sorted(taken ^ wanted)[-1]!r} by {written}"


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
