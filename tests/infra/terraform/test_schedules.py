"""Schedules, as Terraform and the command line read them."""

from __future__ import annotations

import re

import pytest

from pipeline.config.cron_rule import cron_faults
from tests.infra.programs import needs_terraform
from tests.infra.terraform_plans import SOURCE

pytestmark = needs_terraform


@pytest.mark.parametrize(
    "cron",
    [
        "0 2 * * *",
        "*/15 0-23/2 1,15 JAN-JUN MON-FRI",
        "59 23 31 12 7",
        "60 2 * * *",
        "0 24 * * *",
        "0 2 32 * *",
        "0 2 0 * *",
        "0 2 * 13 *",
        "0 2 * * 8",
        "*/0 2 * * *",
        "1,,2 2 * * *",
        "? 2 * * *",
        "-1 2 * * *",
    ],
)
def test_terraform_and_doctor_refuse_the_same_schedules(cron: str) -> None:
    """Terraform's validation is five expressions; doctor's rule says more, and names the field."""
    text = (SOURCE / "variables.tf").read_text()
    fields = re.findall(r'can\(regex\("(.*)", split\(" ", each\.cron\)\[(\d)\]\)\)', text)
    assert [position for _, position in fields] == ["0", "1", "2", "3", "4"]
    expressions = [written.replace("\\\\", "\\") for written, _ in fields]
    taken = all(re.search(each, part) for each, part in zip(expressions, cron.split(), strict=True))
    assert taken == ([*cron_faults(cron)] == [])
