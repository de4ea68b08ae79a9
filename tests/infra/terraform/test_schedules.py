"""One rule of schedules in two languages: Terraform's validation and `evergreen doctor` answer alike."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zoneinfo
from pathlib import Path

import pytest

from pipeline.config.cron_rule import cron_faults, time_zone_fault
from tests.infra.programs import needs_terraform
from tests.infra.terraform_plans import SOURCE

pytestmark = needs_terraform

# Parts of a cron expression by the position at which they stand; the other fields are stars.
PARTS = {
    0: "0 59 60 00 007 7-7 5-1 0-59 */15 */59 */60 */99 */0 */05 */005 5/10 1,2 1,,2 1, ? -1 1- 1-60 ** ０ ٣",
    1: "0 23 24 22-23 23-22 */23 */24 1-5/2 1-5/24 0,12 MON H",
    2: "0 1 31 32 1-31 31-1 */31 */32 15W L 01,15 1-40",
    3: "0 1 12 13 JAN jan Jan JUX JANUARY FEB-MAR MAR-FEB 1-DEC */12 */13 JAN-JUN/2 jan-jun/2 ſep",
    4: "0 7 8 SUN sun SUNDAY MON-FRI FRI-MON FRI-7 5#2 */7 */8 1L MON,WED,FRI",
}
WHOLE = [
    "",
    " ",
    "@daily",
    "every 24 hours",
    "0 2 * *",
    "0 2 * * * *",
    "0  2 * * *",
    " 0 2 * * *",
    "0 2 * * * ",
    "0\t2 * * *",
    "0 2 * * *\n",
    "0 2\u00a0* * *",
    "０ 2 * * *",
    "0 0 30 2 *",
    "0 0 30 FEB *",
    "0 0 29 FEB *",
    "0 0 30 2 MON",
    "0 0 */31 2 *",
    "0 0 31 4,6,9,11 *",
    "0 0 31 4-5 *",
    "0 0 31 4-11/7 *",
    "0 0 31 2/1 *",
    "0 0 31 2/9 *",
    "0 0 31,1 2 *",
    "0 0 30-31 feb *",
    "0 0 05 2 *",
    "59 23 31 12 7",
    "*/15 0-23/2 1,15 JAN-JUN MON-FRI",
    "0 0 30 2 */2",
    "0 0 30 2 */1",
    "0-59/59 0-23/23 1-31/31 1-12/12 0-7/7",
    "1-5-9 2 * * *",
    "1_0 2 * * *",
    "0 2 1\u20135 * *",
]
CRONS = [
    *WHOLE,
    *(
        " ".join(part if at == position else "*" for at in range(5))
        for position, parts in PARTS.items()
        for part in parts.split()
    ),
]
ZONES = (
    "UTC Etc/UTC Europe/Berlin europe/berlin Europe/Berlln America/Argentina/Buenos_Aires Etc/GMT+5 "
    "+02:00 CEST EST US/Pacific Factory localtime Mars/Phobos Europe/ Europe/Berlin/ Europe//Berlin "
    "../etc/passwd Ｅurope/Berlin"
)
ZONE_CASES = ["", " Europe/Berlin", "Europe/Berlin\n", *ZONES.split()]


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bool]]:
    """What the conditions of the variable `schedules` are for each case, as Terraform evaluates them."""
    text = (SOURCE / "variables.tf").read_text(encoding="utf-8")
    (variable,) = re.findall(r'^variable "schedules" \{$.*?^\}$', text, re.DOTALL | re.MULTILINE)
    conditions = re.findall(r"condition\s+= (.*?)\n    error_message", variable, re.DOTALL)
    assert len(conditions) == 5
    schedules = {
        "crons": [{"cron": cron, "time_zone": "Etc/UTC"} for cron in CRONS],
        "zones": [{"cron": "0 2 * * *", "time_zone": zone} for zone in ZONE_CASES],
    }
    folder = tmp_path_factory.mktemp("cases")
    for name in ("cron.tf", "time_zones.txt"):
        shutil.copy(SOURCE / name, folder)
    (folder / "cases.json").write_text(json.dumps(schedules), encoding="utf-8")
    every = ",\n".join(condition.replace("var.schedules", "{ one = each_case }") for condition in conditions)
    (folder / "cases.tf").write_text(
        'locals { answers = { for kind, cases in jsondecode(file("${path.module}/cases.json")) : kind => '
        f"[for each_case in cases : alltrue([\n{every}\n])] }} }}\n",
        encoding="utf-8",
    )
    answers = json.loads(json.loads(_console(folder, "jsonencode(local.answers)")))
    return {
        "crons": dict(zip(CRONS, answers["crons"], strict=True)),
        "zones": dict(zip(ZONE_CASES, answers["zones"], strict=True)),
    }


def _console(folder: Path, expression: str) -> str:
    asked = subprocess.run(
        ["terraform", "console"], cwd=folder, input=expression, capture_output=True, text=True
    )
    assert asked.returncode == 0, asked.stderr
    return asked.stdout


@pytest.mark.parametrize("cron", CRONS, ids=repr)
def test_terraform_and_doctor_refuse_the_same_expressions(
    terraform: dict[str, dict[str, bool]], cron: str
) -> None:
    """Doctor's rule has a sentence for each fault; Terraform's needs no Python."""
    assert terraform["crons"][cron] == ([*cron_faults(cron)] == [])


@pytest.mark.parametrize("zone", ZONE_CASES, ids=repr)
def test_terraform_and_doctor_know_the_same_time_zones(
    terraform: dict[str, dict[str, bool]], zone: str
) -> None:
    """By one list, which does not depend on the machine."""
    assert terraform["zones"][zone] == (time_zone_fault(zone) is None)


def test_both_take_and_refuse_a_part_of_the_cases(terraform: dict[str, dict[str, bool]]) -> None:
    """A rule that takes everything would agree with another that does."""
    for cases in terraform.values():
        assert 5 <= sum(cases.values()) <= len(cases) - 5


def test_the_list_of_time_zones_is_the_databases() -> None:
    """But for the few zones that a decade adds; names without a place are left out."""
    listed = set((SOURCE / "time_zones.txt").read_text(encoding="utf-8").split())
    known = {name for name in zoneinfo.available_timezones() if "/" in name}
    assert len(known - listed) <= 3, sorted(known - listed)
    assert {"Etc/UTC", "UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"} <= listed
