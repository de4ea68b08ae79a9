"""Every validation of a variable refuses a wrong value, beside each environment's own values."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.infra.programs import needs_terraform
from tests.infra.terraform_plans import ENVIRONMENTS, SOURCE, TFVARS

pytestmark = needs_terraform

GITHUB = {
    "owner": "someone",
    "repository": "evergreen",
    "repository_id": "123456789",
    "connection": "projects/p/locations/us-central1/connections/github",
}
RETRAINING = {"cool_down_h": 0, "max_event_age_h": 6, "max_runs": 5, "budget_days": 7}
NETWORK: dict[str, Any] = {"subnet_cidr": "10.20.0.0/20"}
BUDGET = {"amount": 100, "currency": "USD"}


def _nightly(cron: str = "0 2 * * *", **more: Any) -> dict[str, Any]:
    return {"nightly": {"cron": cron, **more}}


# Variable, a wrong value, and how the sentence begins that refuses it.
CASES: list[tuple[str, Any, str]] = [
    *(("project", value, "A project id has") for value in ("My-Project", "short", "ends-with-", "1project")),
    *(("region", value, "A region looks like") for value in ("us", "us-central1-a", "US-CENTRAL1", "")),
    *(
        ("name", value, "Use 2 to 16")
        for value in ("a-pipeline-with-a-long-name", "Evergreen", "a", "ends-", "a_b", "１a")
    ),
    *(("environment", value, "One of dev") for value in ("staging", "Prod", "")),
    *(("intermediate_artifacts_days", value, "intermediate_artifacts_days is") for value in (1, 7.5, -30)),
    *(
        ("bigquery_datasets", [value], "bigquery_datasets names")
        for value in (
            {"project": "a-warehouse", "dataset": "sales.flights"},
            {"project": "a-warehouse", "dataset": ""},
            {"project": "projects/a", "dataset": "sales"},
        )
    ),
    *(
        ("request_logging", value, "request_logging.sampling_rate is")
        for value in (
            {"sampling_rate": 10},
            {"sampling_rate": -0.1},
            {"keep_days": 0},
            {"keep_days": 1.5},
            {"keep_days": 4000},
        )
    ),
    *(
        ("pipeline_name", value, "pipeline_name is")
        for value in ("Flights", "my flights", "", "1flights", "a" * 64)
    ),
    *(("endpoint_id", value, "An endpoint id is") for value in ("flights", "0100", "12345678901", "")),
    *(("endpoint_name", value, "endpoint_name has") for value in ("", " flights", "flights ", "a" * 129)),
    *(
        ("network", {"subnet_cidr": value}, "network.subnet_cidr is")
        for value in (
            "10.20.0.0",
            "10.20.0.0/8",
            "10.20.0.0/28",
            "8.8.0.0/20",
            "10.20.0.5/20",
            "10.20.0.999/20",
        )
    ),
    *(
        ("network", {**NETWORK, "peering_prefix": value}, "network.peering_prefix is")
        for value in (8, 25, 16.5)
    ),
    *(("schedules", {value: {"cron": "0 2 * * *"}}, "A schedule's name has") for value in ("Nightly", "1")),
    ("schedules", _nightly("0 2 * *"), "A schedule's cron has five fields"),  # more cases: test_schedules.py
    ("schedules", _nightly("0 25 * * *"), "A part of a schedule's cron"),
    ("schedules", _nightly("0 0 30 FEB *"), "A schedule's cron never comes"),
    ("schedules", _nightly(time_zone="Mars/Phobos"), "A schedule's time zone is"),
    *(
        ("retraining", {**RETRAINING, **value}, "max_runs is a whole")
        for value in (
            {"max_runs": 0},
            {"max_runs": 1.5},
            {"budget_days": 0},
            {"cool_down_h": -1},
            {"max_event_age_h": 0},
        )
    ),
    ("retraining", {**RETRAINING, "max_event_age_h": 16}, "max_event_age_h is at most 15"),
    ("github", {**GITHUB, "repository_id": "evergreen"}, "github.repository_id is"),
    ("github", {**GITHUB, "connection": "github"}, "github.connection is"),
    (
        "github",
        {**GITHUB, "connection": "projects/p/locations/eu/connections/github"},
        "github.connection is",
    ),
    *(
        ("github", {**GITHUB, **value}, "github.owner and github.repository are")
        for value in ({"owner": "github.com/someone"}, {"owner": ""}, {"repository": "someone/evergreen"})
    ),
    *(("github", {**GITHUB, "branch": value}, "github.branch is") for value in (".*", "", "main|x", "re*")),
    ("ci_image", "us-central1-docker.pkg.dev/p/evergreen/ci:current", "ci_image is"),
    ("ci_image", "docker.io/library/python@sha256:" + "0" * 64, "ci_image is"),
    *(
        ("terraform_service_account", value, "terraform_service_account is")
        for value in ("someone@example.com", "serviceAccount:terraform@a-project.iam.gserviceaccount.com", "")
    ),
    *(
        ("approvers", [value], "Name each approver")
        for value in (
            "allUsers",
            "allAuthenticatedUsers",
            "domain:example.com",
            "user:someone",
            "someone@example.com",
            "serviceAccount:a@p.iam.gserviceaccount.com",
            "principalSet://iam.googleapis.com/x@y.z",
        )
    ),
    *(
        ("image_repository", value, "image_repository is")
        for value in ("europe-west4-docker.pkg.dev/p/evergreen", "us-central1-docker.pkg.dev/p", "gcr.io/p/e")
    ),
    *(
        (variable, [value], "Name each account")
        for variable in ("image_readers", "image_promoters", "run_readers")
        for value in (
            "allUsers",
            "allAuthenticatedUsers",
            "domain:example.com",
            "user:a@example.com",
            "serviceAccount:a@example.com",
        )
    ),
    *(
        ("uploaders", [value], "Name each uploader")
        for value in ("allUsers", "domain:example.com", "group:everyone@example.com", "user:someone")
    ),
    ("earlier_environment", "Preprod!", "Name the project before this one"),
    *(("promotion_windows", value, "promotion_windows is") for value in (0, 11, 2.5)),
    ("signing_key", "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k", "signing_key is"),
    *(("alert_email", value, "alert_email is an address") for value in ("team", "team@example", "a b@c.de")),
    *(("alert_channels", [value], "A channel is") for value in ("team", "projects/p/notificationChannels/")),
    *(
        ("run_expected_every_h", value, "run_expected_every_h is a whole number")
        for value in (0, 0.5, 30.5, 721)
    ),
    *(
        ("endpoint_limits", value, "endpoint_limits.error_ratio is")
        for value in (
            {"error_ratio": 0},
            {"error_ratio": 2},
            {"error_ratio": 0.9},
            {"error_ratio": -0.1},
            {"latency_p99_ms": 0},
            {"latency_p99_ms": 10**9},
        )
    ),
    *(
        ("billing_account", value, "A billing account looks like")
        for value in ("012345", "0a1b2c-3d4e5f-678901", "billingAccounts/012345-012345-012345")
    ),
    *(
        ("monthly_budget", {**BUDGET, **value}, "monthly_budget has")
        for value in ({"amount": 0}, {"amount": 10.5}, {"currency": "usd"}, {"currency": "$"})
    ),
    ("no_budget_because", "no", "no_budget_because is"),
    *(("log_retention_days", value, "log_retention_days is") for value in (7, 3651, 45.5)),
]
# What two variables say together: several values, the one that is refused, and how the sentence begins.
TOGETHER: list[tuple[dict[str, Any], str, str]] = [
    (
        {"schedules": _nightly(), "retraining": {**RETRAINING, "cool_down_h": 24}},
        "retraining",
        "cool_down_h is not less",
    ),
    (
        {"schedules": _nightly("0 */6 * * *"), "retraining": {**RETRAINING, "cool_down_h": 6}},
        "retraining",
        "cool_down_h is not less",
    ),
    (
        {"schedules": _nightly(), "run_expected_every_h": 24},
        "run_expected_every_h",
        "run_expected_every_h is not more",
    ),
    (
        {"schedules": _nightly("0 2 * * MON-FRI"), "run_expected_every_h": 72},
        "run_expected_every_h",
        "run_expected_every_h is not more",
    ),
    ({"github": GITHUB, "ci_image": None}, "ci_image", "Builds need ci_image"),
    (
        {"environment": "prod", "alert_email": None, "alert_channels": []},
        "alert_email",
        "In prod somebody must be told when",
    ),
    (
        {"project": "acme-flights", "alert_email": "team@example.com"},
        "alert_email",
        "alert_email is still the placeholder",
    ),
    (
        {"environment": "prod", "schedules": _nightly(), "run_expected_every_h": None},
        "run_expected_every_h",
        "In prod a schedule that stops",
    ),
    (
        {"project": "acme-flights", "billing_account": "000000-000000-000000"},
        "billing_account",
        "billing_account is still the placeholder",
    ),
    (
        {"billing_account": None, "monthly_budget": BUDGET},
        "monthly_budget",
        "monthly_budget needs billing_account",
    ),
    (
        {"environment": "prod", "monthly_budget": None, "no_budget_because": None},
        "monthly_budget",
        "In prod somebody must be told what",
    ),
    (
        {"environment": "prod", "earlier_environment": None},
        "earlier_environment",
        "Name the project before this one",
    ),
    (
        {"project": "acme-flights", "earlier_environment": "acme-flights"},
        "earlier_environment",
        "Name the project before this one",
    ),
    *(
        (
            {
                "environment": "preprod",
                "schedules": _nightly(),
                "retraining": RETRAINING | limits,
                "promotion_windows": 4,
            },
            "promotion_windows",
            said,
        )
        for limits, said in (
            ({"max_event_age_h": 8, "max_runs": 15}, "retraining.max_event_age_h is at least"),
            ({"max_event_age_h": 9, "max_runs": 14}, "retraining.max_runs is at least"),
        )
    ),
]
# What is near a limit and taken.
FINE: list[dict[str, Any]] = [
    {
        "schedules": _nightly(),
        "retraining": {**RETRAINING, "cool_down_h": 23, "max_runs": 13},
        "run_expected_every_h": 25,
    },
    {"schedules": _nightly("0 2 * * MON-FRI"), "run_expected_every_h": 73},
    {"schedules": _nightly("0 2 1 * *"), "run_expected_every_h": 720},
    {"schedules": {**_nightly(), "weekly": {"cron": "0 12 * * 7"}}, "run_expected_every_h": 25},
    {"approvers": ["user:a@example.com", "group:releases@example.com"], "uploaders": ["user:a@example.com"]},
    {"bigquery_datasets": [{"project": "a-warehouse", "dataset": "sales_2013"}], "endpoint_name": "a" * 128},
    {"terraform_service_account": "terraform@a-project.iam.gserviceaccount.com", "pipeline_name": "a" * 63},
    {"alert_channels": ["projects/p/notificationChannels/1"], "no_budget_because": "finance watches it"},
    {"network": {"subnet_cidr": "172.16.0.0/16", "peering_prefix": 24}},
    {"github": {**GITHUB, "branch": "release/1.x"}, "ci_image": "a-docker.pkg.dev/p/r/ci@sha256:" + "0" * 64},
    {"endpoint_limits": {"error_ratio": 0.5}, "log_retention_days": 3650},
    {"request_logging": {"sampling_rate": 0, "keep_days": 3650}, "endpoint_id": "1"},
    {"promotion_windows": 10, "retraining": {**RETRAINING, "max_event_age_h": 15, "max_runs": 27}},
    {"schedules": _nightly(paused=True), "retraining": {**RETRAINING, "max_runs": 6}},
]

Refusals = dict[str, list[str]]


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, dict[str, Any]], Refusals]:
    """Plans the variables alone: their validations are Terraform's, and need no provider."""
    folder = tmp_path_factory.mktemp("variables")
    for name in ("variables.tf", "cron.tf", "schedule_gaps.tf", "time_zones.txt"):
        shutil.copy(SOURCE / name, folder)
    shutil.copytree(TFVARS, folder / "environments")

    def plan(environment: str, values: dict[str, Any]) -> Refusals:
        (folder / "case.tfvars.json").write_text(json.dumps(values), encoding="utf-8")
        files = (f"environments/{environment}.tfvars", "case.tfvars.json")
        return _refusals(folder, [f"-var-file={file}" for file in files])

    return plan


def _refusals(folder: Path, arguments: list[str]) -> Refusals:
    """Returns variable to the sentences that refuse its value."""
    command = ["terraform", "plan", "-json", "-refresh=false", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    found: Refusals = {}
    for line in done.stdout.splitlines():
        said = json.loads(line).get("diagnostic") or {}
        if said.get("severity") != "error":
            continue
        (rule,) = re.findall(r"validation rule at variables\.tf:(\d+)", said["detail"])
        above = "\n".join((SOURCE / "variables.tf").read_text(encoding="utf-8").splitlines()[: int(rule)])
        name = re.findall(r'^variable "(\w+)"', above, re.MULTILINE)[-1]
        found.setdefault(name, []).append(said["detail"])
    assert done.returncode == bool(found), done.stdout + done.stderr
    return found


def _blocks() -> dict[str, str]:
    """Variable to its text."""
    text = (SOURCE / "variables.tf").read_text(encoding="utf-8")
    return dict(re.findall(r'^variable "(\w+)" \{$(.*?)^\}$', text, re.DOTALL | re.MULTILINE))


def _looks_at() -> dict[str, set[str]]:
    """Variable to those whose wrong value keeps Terraform from looking at it."""
    found = {
        name: {*re.findall(r"var\.(\w+)", re.sub(r"local\.schedule_\w+", "var.schedules", text))} - {name}
        for name, text in _blocks().items()
    }
    for _ in found:
        found = {name: looked.union(*(found[each] for each in looked)) for name, looked in found.items()}
    return found


def _rounds() -> list[dict[str, tuple[Any, str]]]:
    """The cases in few plans: in each, a wrong value for every variable that looks at no other wrong one."""
    looks_at = _looks_at()
    left, rounds = CASES, []
    while left:
        chosen: dict[str, tuple[Any, str]] = {}
        later = []
        for name, value, said in left:
            if (
                name in chosen
                or looks_at[name] & {*chosen}
                or any(name in looks_at[other] for other in chosen)
            ):
                later.append((name, value, said))
            else:
                chosen[name] = value, said
        rounds.append(chosen)
        left = later
    return rounds


ROUNDS = _rounds()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environments_own_values_and_what_is_near_a_limit_are_taken(
    refused: Callable[[str, dict[str, Any]], Refusals], environment: str
) -> None:
    """Nothing is said of them."""
    assert [values for values in ({}, *FINE) if refused(environment, values)] == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_wrong_value_is_refused_with_a_sentence(
    refused: Callable[[str, dict[str, Any]], Refusals], environment: str
) -> None:
    """Each by the validation that is for it."""
    missed = []
    for cases in ROUNDS:
        found = refused(environment, {name: value for name, (value, _) in cases.items()})
        missed += [
            (name, value)
            for name, (value, said) in cases.items()
            if not any(sentence.startswith(said) for sentence in found.get(name, []))
        ]
    assert missed == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_values_that_contradict_each_other_are_refused(
    refused: Callable[[str, dict[str, Any]], Refusals], environment: str
) -> None:
    """The sentence is at the variable that is to be changed."""
    for values, name, said in TOGETHER:
        found = refused(environment, values)
        assert any(sentence.startswith(said) for sentence in found.get(name, [])), (values, found)


def test_every_validation_has_a_case() -> None:
    """A validation that is added needs a wrong value here, and one that is taken away leaves one over."""
    wanted = [(name, said) for name, _, said in CASES] + [(name, said) for _, name, said in TOGETHER]
    for name, block in _blocks().items():
        for message in re.findall(r'error_message = "(.*)"$', block, re.MULTILINE):
            assert any(case == name and message.startswith(said) for case, said in wanted), (name, message)
