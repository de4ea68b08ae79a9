"""Roles that no account of this project may hold, and where to look for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.infra.terraform_plans import Plan

# On anything: roles that let their holder give itself more, or that cover a whole service.
DENIED = re.compile(
    r"^roles/("
    r"owner|editor|viewer"
    r"|.*[aA]dmin"
    r"|iam\.serviceAccountTokenCreator|iam\.securityReviewer"
    r"|cloudbuild\.builds\.(builder|editor)"
    r")$"
)
# On a project: what belongs on a single bucket, account, topic or repository.
DENIED_ON_PROJECT = re.compile(r"^roles/(iam\.|storage\.|artifactregistry\.|pubsub\.|run\.|cloudkms\.)")
# But Cloud Functions makes this bucket with the first function, so that nothing can be granted on it before.
FUNCTION_SOURCES = re.compile(
    r'resource\.name\.startsWith\("projects/_/buckets/gcf-v2-sources-[0-9]+-[a-z]+-[a-z]+[0-9]+"\)'
)
AUTHORITATIVE = re.compile(r'resource\s+"(google_\w+_iam_(?:policy|binding))"')
_ROLE = re.compile(r'"(roles/[\w.]+)"')


def in_sources(folder: Path) -> Iterator[str]:
    """Names every denied role, and every resource that would take away others' roles, in Terraform files."""
    for path in sorted(folder.rglob("*.tf*")):
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        for role in _ROLE.findall(text):
            if DENIED.match(role):
                yield f"{path.relative_to(folder)}: {role}"
        for kind in AUTHORITATIVE.findall(text):
            yield f"{path.relative_to(folder)}: {kind} replaces what others granted; use _iam_member"


def in_plan(plan: Plan) -> Iterator[str]:
    """Names every planned IAM member that holds too much."""
    for address, role, member in plan.grants():
        on_project = "google_project_iam_member" in address and not (
            role == "roles/storage.objectViewer" and FUNCTION_SOURCES.fullmatch(plan.condition(address))
        )
        if DENIED.match(role) or (on_project and DENIED_ON_PROJECT.match(role)):
            yield f"{address}: {role} for {member}"
        if member in ("allUsers", "allAuthenticatedUsers"):
            yield f"{address}: {role} for {member}"
