"""What starts builds, as whom they run, and which wait for a person, as Terraform plans it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.infra.planner_reads import COUNTED, READS
from tests.infra.programs import needs_terraform
from tests.infra.terraform_plans import CONNECTED, ENVIRONMENTS, PLAIN, SOURCE, Plan

pytestmark = needs_terraform


def test_a_pull_requests_plan_reads_every_kind_of_resource_and_can_do_nothing_else(
    plans: Callable[[str], dict[str, Plan]],
) -> None:
    """A new kind of resource needs its permission in modules/cicd/planner.tf, and a line above."""
    for environment in ENVIRONMENTS:
        for plan in plans(environment).values():
            kinds = {re.findall(r"(google_\w+)\.", address)[-1] for address in plan.resources}
            assert kinds - set(READS) == set()
            for role in plan.of_type("google_project_iam_custom_role.planner").values():
                assert {READS[kind] for kind in kinds} - {""} <= set(role["permissions"])
                reads = {each for each in role["permissions"] if each != COUNTED}
                assert {each.rpartition(".")[2] for each in reads} == {"get", "list", "getIamPolicy"}


def test_a_pull_requests_plan_may_be_counted_as_the_projects(plans: Callable[[str], dict[str, Plan]]) -> None:
    """Else Google refuses every call of a plan."""
    assert "user_project_override = true" in (SOURCE / "versions.tf").read_text()
    for environment in ENVIRONMENTS:
        (role,) = plans(environment)[PLAIN].of_type("google_project_iam_custom_role.planner").values()
        assert COUNTED in role["permissions"]


def test_a_pull_requests_code_runs_as_an_account_that_writes_logs_only(
    plans: Callable[[str], dict[str, Plan]],
) -> None:
    """In dev, and a plan in each environment; no other build is started by a pull request."""
    for environment in ENVIRONMENTS:
        plan = plans(environment)[CONNECTED]
        triggers = plan.of_type("google_cloudbuild_trigger").values()
        started = {
            _build(trigger): trigger["service_account"].rpartition("/")[2]
            for trigger in triggers
            if trigger["repository_event_config"][0]["pull_request"]
        }
        wanted = {"terraform-plan": plan.account("plan")}
        if environment == "dev":
            wanted["pull-request"] = plan.account("pull-request")
        assert started == wanted
        for trigger in triggers:
            for event in trigger["repository_event_config"][0]["pull_request"]:
                assert event["comment_control"] == "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
        held = {
            role
            for _, role, member in plan.grants()
            if member.partition(":")[2] in wanted.values() and not role.startswith("projects/")
        }
        assert held <= {
            "roles/logging.logWriter",
            "roles/artifactregistry.reader",
            "roles/storage.objectViewer",
        }


def test_preprod_is_asked_for_the_windows_that_prod_asks_about(
    plans: Callable[[str], dict[str, Plan]],
) -> None:
    """Else prod would wait for ever."""
    given = {
        environment: next(
            trigger["substitutions"]
            for trigger in plans(environment)[CONNECTED].of_type("google_cloudbuild_trigger").values()
        )
        for environment in ENVIRONMENTS
    }
    assert given["preprod"]["_WINDOWS"] == given["prod"]["_EARLIER_WINDOWS"] == "3"
    assert given["prod"]["_WINDOWS"] == "0"
    assert {each["_SIGNING_KEY"] for each in given.values()} == {
        f"gcpkms://{plans('dev')[PLAIN].outputs['signing_key']}"
    }


def test_builds_wait_for_approval_in_prod_and_where_infrastructure_changes(
    plans: Callable[[str], dict[str, Plan]],
) -> None:
    """A push builds by itself in dev, a tag in preprod; prod, applies, and later plans wait for a person."""
    waits = {
        f"{_build(trigger)}@{environment}": trigger["approval_config"][0]["approval_required"]
        for environment in ENVIRONMENTS
        for trigger in plans(environment)[CONNECTED].of_type("google_cloudbuild_trigger").values()
    }
    assert {name for name, waiting in waits.items() if waiting} == {
        "promotion@prod",
        "terraform-plan@preprod",
        "terraform-plan@prod",
        *(f"terraform-apply@{environment}" for environment in ENVIRONMENTS),
    }
    assert len(waits) == 3 + 1 + 1 + 2 * len(ENVIRONMENTS)


def _build(trigger: dict[str, Any]) -> str:
    """What a trigger starts: its name without the deployment's."""
    return re.findall(
        r"(promotion|push|pull-request|release|terraform-plan|terraform-apply)$", trigger["name"]
    )[0]


def test_a_branch_is_matched_whole(tmp_path: Path) -> None:
    """A dot in its name stands for itself."""
    lines = (SOURCE / "modules" / "cicd" / "main.tf").read_text().splitlines()
    (line,) = [line for line in lines if re.match(r"\s+branch\s+= try\(", line)]
    expression = line.partition("=")[2].partition(" #")[0].replace("var.github.branch", '"release.1"')
    asked = subprocess.run(
        ["terraform", "console"], cwd=tmp_path, input=expression, capture_output=True, text=True, check=True
    )
    assert asked.stdout.strip() == r'"^release\\.1$"'
