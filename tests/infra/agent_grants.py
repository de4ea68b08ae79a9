"""What Google's own service agents may do here, by their documentation: no less and no more.

Without one of these an event, a dead letter or an image does not arrive, and no plan or apply says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.infra.grant_faults import NUMBER
from tests.infra.terraform_plans import Plan

# Agent by the domain of its e-mail, role, and what it is granted on: an argument of the grant and its value.
Grant = tuple[str, str, str]
_AGENT = re.compile(rf"serviceAccount:(?:service|bq)-{NUMBER}@([\w-]+)\.iam\.gserviceaccount\.com")
_KEY_USERS = (
    "compute-system",
    "dataflow-service-producer-prod",
    "gcf-admin-robot",
    "gcp-sa-aiplatform",
    "gcp-sa-artifactregistry",
    "gcp-sa-eventarc",
    "gcp-sa-pubsub",
    "gs-project-accounts",
    "serverless-robot-prod",
)


def in_agents(plan: Plan, declared: frozenset[str]) -> Iterator[str]:
    """Names every grant of an agent that is missing, and every one that nobody knows.

    Args:
      plan: of one environment.
      declared: members that its tfvars file lets in by name.
    """
    wanted, held = set(_wanted(plan)), set(_held(plan, declared))
    yield from (f"{agent} has no {role} on {where}" for agent, role, where in sorted(wanted - held))
    yield from (
        f"{agent} has {role} on {where}, unexpectedly" for agent, role, where in sorted(held - wanted)
    )


def _wanted(plan: Plan) -> Iterator[Grant]:
    events = f"topic {plan.outputs['topic'].rpartition('/')[2]}"
    dead_letters = f"topic {plan.outputs['dead_letters'].rpartition('/')[2]}"
    for agent in ("gs-project-accounts", "gcp-sa-monitoring-notification", "gcp-sa-cloudscheduler"):
        yield agent, "roles/pubsub.publisher", events
    yield "gcp-sa-pubsub", "roles/pubsub.publisher", dead_letters
    # cloud.google.com/pubsub/docs/handling-failures: it acknowledges what it forwards
    for subscription in plan.of_type("google_pubsub_subscription").values():
        if subscription.get("push_config"):
            yield "gcp-sa-pubsub", "roles/pubsub.subscriber", f"subscription {subscription['name']}"
    trigger = f"service_account_id {plan.account('trigger')}"
    yield "gcp-sa-pubsub", "roles/iam.serviceAccountOpenIdTokenCreator", trigger
    if plan.of_type("google_artifact_registry_repository.images"):
        yield "gcp-sa-aiplatform", "roles/artifactregistry.reader", "repository"
    logged = bool(plan.outputs["configuration"]["request_log"])
    if logged:
        yield "gcp-sa-aiplatform", "roles/bigquery.dataEditor", "dataset_id evergreen_requests"
    if plan.outputs["configuration"]["cloud"].get("kms_key"):
        for agent in (*_KEY_USERS, *(["bigquery-encryption"] if logged else [])):
            yield agent, "roles/cloudkms.cryptoKeyEncrypterDecrypter", "crypto_key_id"


def _held(plan: Plan, declared: frozenset[str]) -> Iterator[Grant]:
    for address, role, member in plan.grants():
        agent = _AGENT.fullmatch(member)
        if agent and member not in declared:
            yield agent[1], role, _where(address, plan)


def _where(address: str, plan: Plan) -> str:
    """What a grant is on; the names of keys and repositories are known only after apply."""
    values = plan.resources[address]
    for argument in ("topic", "subscription", "service_account_id", "bucket", "dataset_id"):
        if argument in values:
            return f"{argument} {values[argument].rpartition('/')[2]}"
    if "google_kms_crypto_key_iam" in address:
        return "crypto_key_id"
    return "repository" if "google_artifact_registry_repository_iam" in address else address
