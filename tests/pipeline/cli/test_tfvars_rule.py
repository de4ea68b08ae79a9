"""What `evergreen doctor` finds in an environment's tfvars file, each kind planted once."""

import os
import re
import shutil
from pathlib import Path

import pytest

from pipeline.cli import doctor, tfvars_rule

DECLARED = tfvars_rule.variables((doctor.TERRAFORM / "variables.tf").read_text())


@pytest.fixture
def environments(tmp_path: Path) -> Path:
    """The three files that ship, with somebody to tell and somebody who pays."""
    folder = tmp_path / "environments"
    shutil.copytree(Path(os.environ[doctor.INSTEAD]), folder)
    prod = folder / "prod.tfvars"
    text = prod.read_text().replace("@example.com", "@acme.example").replace("# approvers", "approvers")
    prod.write_text(text.replace("000000-000000-000000", "0A1B2C-3D4E5F-678901"))
    return folder


def problems(environments: Path, name: str = "prod") -> dict[str, str]:
    """Subject to problem."""
    path = environments / f"{name}.tfvars"
    found = [*tfvars_rule.schedules(path), *tfvars_rule.findings(path, DECLARED)]
    assert all(each.fix for each in found)
    return {each.subject: each.problem for each in found if each.problem}


def test_variables_are_read_with_the_attributes_of_their_objects():
    assert DECLARED["schedules"] == {"cron", "time_zone", "paused"}
    assert DECLARED["network"] == {"subnet_cidr", "peering_prefix", "private_endpoint", "nat"}
    assert DECLARED["bigquery_datasets"] == {"project", "dataset"}
    assert DECLARED["retraining"] == {"cool_down_h", "max_event_age_h", "max_runs", "budget_days"}
    assert DECLARED["alert_email"] is DECLARED["approvers"] is None
    declared = re.findall(r'^variable "', (doctor.TERRAFORM / "variables.tf").read_text(), re.MULTILINE)
    assert len(DECLARED) == len(declared)


@pytest.mark.parametrize("name", ["dev", "preprod", "prod"])
def test_what_ships_has_no_fault_but_its_placeholders(environments: Path, name: str):
    assert problems(environments, name) == {}
    assert [*problems(Path(os.environ[doctor.INSTEAD]), "prod")] == [
        "alert_email of prod.tfvars",
        "approvers of prod.tfvars",
        "billing_account of prod.tfvars",
    ]


PLANTED = [
    # what stands there (an expression), what instead, subject, problem
    (
        r"^log_retention_days",
        "log_retension_days",
        "names of",
        "for log_retension_days (did you mean 'log_retention_",
    ),
    (
        r"private_endpoint",
        "private_endpont",
        "names of",
        "network.private_endpont (did you mean 'private_endpoint'?)",
    ),
    (r"cool_down_h ", "cooldown_h ", "names of", "retraining.cooldown_h (did you mean 'cool_down_h'?)"),
    (
        r'cron = "0 2 \* \* \*"',
        r'\g<0>, timezone = "UTC"',
        "names of",
        "schedules.timezone (did you mean 'time_zone'?)",
    ),
    (r"^alert_email.*", "", "alert_email of", "is not set: nobody would be told"),
    (r"^alert_email.*", "alert_email = null", "alert_email of", "is not set: nobody would be told"),
    (r"team@acme.example", "team", "alert_email of", "is 'team', which is no address"),
    (r"team@acme.example", "team@example.com", "alert_email of", "is still the placeholder"),
    (r"^approvers.*", "", "approvers of", "is empty: nobody is named who may approve the builds that wait"),
    (r"^approvers.*", "approvers = []", "approvers of", "is empty: nobody is named"),
    (
        r"release@acme.example",
        "release@example.com",
        "approvers of",
        "holds the placeholder group:release@example.com",
    ),
    (r"^run_expected.*", "", "run_expected_every_h of", "nobody is told when a schedule stops"),
    (r"^monthly_budget.*", "", "monthly_budget of", "nobody would be told what prod costs"),
    (r"amount = 1000", "amount = 0", "monthly_budget of", "amount 0 is no whole number above 0"),
    (r"amount = 1000", 'amount = "1,000"', "monthly_budget of", "amount 1,000 is no whole number above 0"),
    (r'"USD"', '"usd"', "monthly_budget of", "currency usd is no three capitals"),
    (r"^billing_account.*", "", "billing_account of", "is not set, and a budget lies on the account"),
    (r"0A1B2C-3D4E5F-678901", "0a1b2c-3d4e5f-678901", "billing_account of", "no number of a billing account"),
    (
        r"^environment .*",
        'environment = "preprod"',
        "environment of",
        "is 'preprod', and the file is prod.tfvars",
    ),
    (r'"my-evergreen-prod"', '"my-evergreen-dev"', "project of", "is that of dev.tfvars as well"),
    (
        r'"my-evergreen-preprod"',
        '"my-evergreen-preprd"',
        "earlier_environment of",
        "the project of no neighbour (did you mean 'my-evergreen-preprod'?)",
    ),
    (r'cron = "0 2 ', 'cron = "0 25 ', "schedule nightly of", "cannot be kept: hour '25' is out of range"),
    (r"^region .*", r"\g<0>\n\g<0>", "keys of", "region twice"),
]


@pytest.mark.parametrize(
    ("stands", "instead", "subject", "problem"),
    PLANTED,
    ids=[f"{each[2]} {each[3][:30]}" for each in PLANTED],
)
def test_each_fault_is_named(environments: Path, stands: str, instead: str, subject: str, problem: str):
    path = environments / "prod.tfvars"
    text, found = re.subn(stands, instead, path.read_text(), count=1, flags=re.MULTILINE)
    assert found
    path.write_text(text)
    said = problems(environments)
    assert problem in said[f"{subject} prod.tfvars"]
    assert [*said] == [f"{subject} prod.tfvars"]


@pytest.mark.parametrize(
    ("name", "stands", "instead", "subjects"),
    [
        ("dev", "schedules = {}", 'alert_email = "team"', ["alert_email of dev.tfvars"]),
        ("preprod", r"^run_expected.*", "", []),
        ("prod", r"^schedules = \{.*?^\}|^run_expected[^\n]*", "", []),
    ],
)
def test_outside_of_prod_nobody_need_be_told_nor_where_nothing_is_scheduled(
    environments: Path, name: str, stands: str, instead: str, subjects: list[str]
):
    path = environments / f"{name}.tfvars"
    path.write_text(
        re.sub(stands, instead, path.read_text(), flags=re.M | re.S if "schedules" in stands else re.M)
    )
    assert [*problems(environments, name)] == subjects


def test_prod_may_say_who_watches_the_costs_instead(environments: Path):
    path = environments / "prod.tfvars"
    text = re.sub(r"^(monthly_budget|billing_account).*\n", "", path.read_text(), flags=re.MULTILINE)
    path.write_text(f'{text}\nno_budget_because = "finance watches the whole organisation"\n')
    assert problems(environments) == {}
