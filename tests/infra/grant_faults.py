"""Who is let in by a plan, and what custom roles and accounts lent to others give."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.infra.planner_reads import PLANNER
from tests.infra.terraform_plans import Plan

NUMBER = "123456789012"  # of the project, as the mocked provider has it
REPOSITORY_ID = "123456789"  # of the run that has a repository
GITHUB = "https://token.actions.githubusercontent.com"
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
_AGENT = re.compile(
    rf"serviceAccount:(?:service-{NUMBER}@({'|'.join(AGENTS)})|bq-{NUMBER}@bigquery-encryption)"
    r"\.iam\.gserviceaccount\.com"
)
_POOL = re.compile(
    rf"principalSet://iam\.googleapis\.com/projects/{NUMBER}/locations/global/workloadIdentityPools/"
    rf"[\w-]+/attribute\.repository_id/{REPOSITORY_ID}"
)
_GITHUB_ACTIONS = "GitHub Actions"
_MAPPING = {
    "google.subject": "assertion.sub",
    "attribute.repository_id": "assertion.repository_id",
    "attribute.ref": "assertion.ref",
}
_PROVIDER_KEYS = {
    "attribute_condition",
    "display_name",
    "project",
    "workload_identity_pool_id",
    "workload_identity_pool_provider_id",
}
# The end of a custom role's id: what is in it, and the accounts that hold it; those of others are declared.
CUSTOM_ROLES: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "planner": (PLANNER, frozenset({"plan"})),
    "submitter": (
        frozenset(
            {
                "aiplatform.pipelineJobs.create",
                "aiplatform.pipelineJobs.get",
                "aiplatform.pipelineJobs.list",
                "aiplatform.artifacts.get",
            }
        ),
        frozenset({"build", "trigger"}),
    ),
    "run_reader": (frozenset({"aiplatform.pipelineJobs.get", "aiplatform.pipelineJobs.list"}), frozenset()),
}
# Role to who may act as whom.
ACTS_AS: Mapping[str, frozenset[tuple[str, str]]] = {
    "roles/iam.serviceAccountUser": frozenset(
        {
            ("pipeline", "pipeline"),
            ("pipeline", "training"),
            ("pipeline", "serving"),
            ("build", "pipeline"),
            ("trigger", "pipeline"),
        }
    ),
    "roles/iam.serviceAccountOpenIdTokenCreator": frozenset({("gcp-sa-pubsub", "trigger")}),
    "roles/iam.workloadIdentityUser": frozenset({(_GITHUB_ACTIONS, "build")}),
}


def in_grants(plan: Plan, declared: frozenset[str], environment: str) -> Iterator[str]:
    """Names every fault of who is let in.

    Args:
      plan: of one environment.
      declared: members that its tfvars file lets in by name.
      environment: dev, preprod or prod.
    """
    yield from _strangers(plan, declared)
    yield from _custom_roles(plan, declared)
    yield from _acts_as(plan)
    yield from _workload_identity(plan, environment)


def _strangers(plan: Plan, declared: frozenset[str]) -> Iterator[str]:
    """No member is from outside of the project, but Google's agents of it and who is declared."""
    accounts = {f"serviceAccount:{email}" for email in plan.outputs["accounts"].values()}
    for address, role, member in plan.grants():
        of_pool = role == "roles/iam.workloadIdentityUser" and f"/{NUMBER}/locations/global/" in member
        if not (member in accounts | declared or _AGENT.fullmatch(member) or of_pool):
            yield f"{address}: {member} is from outside of the project"


def _custom_roles(plan: Plan, declared: frozenset[str]) -> Iterator[str]:
    """A custom role has what its list says, and is held by whom it was made for, on the project."""
    holders: dict[str, set[str]] = {}
    email = plan.outputs["accounts"]
    for address, role in plan.resources.items():
        if "iam_custom_role" not in address:
            continue
        known = [end for end in CUSTOM_ROLES if role["role_id"].endswith(f"_{end}")]
        if not known or "google_project_iam_custom_role" not in address:
            yield f"{address}: nobody knows this custom role"
            continue
        allowed, held_by = CUSTOM_ROLES[known[0]]
        for permission in sorted(set(role["permissions"]) - allowed):
            yield f"{address}: may {permission}"
        yield from (
            f"{address}: may not {permission}" for permission in sorted(allowed - {*role["permissions"]})
        )
        name = f"projects/{role['project']}/roles/{role['role_id']}"
        own = {f"serviceAccount:{email[account]}" for account in held_by}
        holders.setdefault(name, set()).update(own or declared)
    for address, role, member in plan.grants():
        fine = role.startswith("roles/") or (
            member in holders.get(role, ()) and "google_project_iam_member" in address
        )
        if not fine:
            yield f"{address}: {member} holds {role}"


def _acts_as(plan: Plan) -> Iterator[str]:
    """Accounts are lent to whom ACTS_AS names, by whatever resource, and have no keys."""
    for address, role, member in plan.grants():
        on_account = "google_service_account_iam_member" in address
        if not on_account and not role.startswith("roles/iam."):
            continue
        lent = _account(plan, plan.resources[address].get("service_account_id"))
        if (_who(plan, member), lent) not in ACTS_AS.get(role, ()):
            yield f"{address}: {member} may act as {lent} by {role}"
    yield from (f"{address}: a key can leak" for address in plan.of_type("google_service_account_key"))


def _account(plan: Plan, resource_name: str | None) -> str:
    """The role of an account by its resource name; an account that is not one of ours stays what it is."""
    email = (resource_name or "all accounts").rpartition("/")[2]
    return next((role for role, own in plan.outputs["accounts"].items() if own == email), email)


def _who(plan: Plan, member: str) -> str:
    if agent := _AGENT.fullmatch(member):
        return agent[1]
    return _GITHUB_ACTIONS if _POOL.fullmatch(member) else _account(plan, member.partition(":")[2])


def _workload_identity(plan: Plan, environment: str) -> Iterator[str]:
    """Tokens of GitHub alone; one branch of one repository, on an event that runs the branch's own code."""
    for address, provider in plan.of_type("google_iam_workload_identity_pool_provider").items():
        yield from (f"{address}: {fault}" for fault in _provider_faults(provider, environment))
    for address, pool in plan.of_type("google_iam_workload_identity_pool").items():
        if pool.get("disabled"):
            yield f"{address}: is disabled"
    for address, role, member in plan.grants():
        if role == "roles/iam.workloadIdentityUser" and not _POOL.fullmatch(member):
            yield f"{address}: {member} is more than the repository"


def _provider_faults(provider: Mapping[str, Any], environment: str) -> Iterator[str]:
    wanted = {
        f'assertion.repository_id == "{REPOSITORY_ID}"',
        'assertion.ref == "refs/heads/main"',
        'assertion.event_name in ["push", "workflow_dispatch"]',
    } | ({f'assertion.environment == "{environment}"'} if environment != "dev" else set())
    terms = set((provider.get("attribute_condition") or "").split(" && "))
    if wanted - terms:
        yield f"its condition lacks {' and '.join(sorted(wanted - terms))}"
    if terms - wanted:
        yield f"its condition says {' and '.join(sorted(terms - wanted))}"
    said = {key: value for key, value in provider.items() if value}
    oidc = [{key: value for key, value in each.items() if value} for each in said.pop("oidc", ())]
    if oidc != [{"issuer_uri": GITHUB}]:  # no audiences and no keys of its own
        yield f"takes tokens of {oidc}"
    if said.pop("attribute_mapping", None) != _MAPPING:
        yield f"reads a token as {provider.get('attribute_mapping')}; expected {_MAPPING}"
    yield from (f"its {key} is {said[key]}" for key in sorted(said.keys() - _PROVIDER_KEYS))
