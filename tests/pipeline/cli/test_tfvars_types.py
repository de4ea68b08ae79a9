"""Which values of a tfvars file are of another type than Terraform's variables declare."""

from pathlib import Path

import pytest

from pipeline.cli import doctor, tfvars, tfvars_types

TYPES = tfvars_types.declared((doctor.TERRAFORM / "variables.tf").read_text())
OWN = Path(__file__).parents[2] / "flights" / "environments"


def faults(text: str) -> list[str]:
    return [*tfvars_types.faults(tfvars.read(text).values, TYPES)]


def test_every_variable_of_terraform_has_a_type():
    written = (doctor.TERRAFORM / "variables.tf").read_text()
    assert len(TYPES) == written.count('\nvariable "') + written.startswith('variable "')
    known = {"string", "number", "bool", "list", "map", "object"}
    assert {kind.name for kind in TYPES.values()} == known
    assert TYPES["github"].attributes["branch"].optional
    assert not TYPES["github"].attributes["owner"].optional
    items = TYPES["schedules"].items
    assert items
    assert [*items.attributes] == ["cron", "time_zone", "paused"]


@pytest.mark.parametrize("name", ["dev", "preprod", "prod"])
def test_what_ships_is_of_its_types(name: str):
    assert faults((OWN / f"{name}.tfvars").read_text()) == []


@pytest.mark.parametrize(
    "text",
    [
        "image_readers = null",
        "image_readers = []",
        "name = 7",  # Terraform makes a text of a number, and the other way round
        'log_retention_days = "90"',
        'customer_managed_key = "true"',
        "endpoint_limits = { error_ratio = 2e-2 }",
        "network = {}",
        "github = null",
        'of_nobody = ["x"]',  # not declared: tfvars_rule says so
        'schedules = { a = { cron = "0 2 * * *", time_zone = null } }',
    ],
)
def test_what_terraform_takes_is_no_fault(text: str):
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("image_readers = 7", "image_readers is '7', not a list"),
        ('run_readers = "x"', "run_readers is 'x', not a list"),
        ('image_readers = [["x"]]', "image_readers[0] is ['x'], not a text"),
        ('schedules = "x"', "schedules is 'x', not in braces"),
        ('schedules = ["x"]', "schedules is ['x'], not in braces"),
        ('schedules = { a = "x" }', "schedules.a is 'x', not in braces"),
        ("schedules = { a = {} }", "schedules.a has no cron"),
        ('schedules = { a = { cron = ["x"] } }', "schedules.a.cron is ['x'], not a text"),
        ('schedules = { a = { cron = "x", paused = 1 } }', "schedules.a.paused is '1', not true or false"),
        ('earlier_environment = ["x"]', "earlier_environment is ['x'], not a text"),
        ('project = { a = "x" }', "project is {'a': 'x'}, not a text"),
        ('log_retention_days = "x"', "log_retention_days is 'x', not a number"),
        ("log_retention_days = true", "log_retention_days is 'true', not a number"),
        ("customer_managed_key = yes", "customer_managed_key is 'yes', not true or false"),
        ("network = true", "network is 'true', not in braces"),
        ("monthly_budget = { amount = 7 }", "monthly_budget has no currency"),
        ('bigquery_datasets = [{ project = "x" }]', "bigquery_datasets[0] has no dataset"),
    ],
)
def test_a_value_of_another_type_is_named(text: str, fault: str):
    assert faults(text) == [fault]
