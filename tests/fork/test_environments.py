"""A fork's own environments: what its tfvars files make is safe, and is what its configurations name."""

from __future__ import annotations

import json
import re
import shutil
from typing import Any

import pytest

from pipeline.cli import doctor, tfvars, tfvars_neighbours
from pipeline.config.cron_rule import cron_faults, time_zone_fault
from tests.fork.test_fork import call
from tests.infra import denied_roles, plan_faults
from tests.infra.configured import differences
from tests.infra.programs import absent
from tests.infra.terraform_plans import SOURCE, Workspace

TFVARS = SOURCE / "environments"
ENVIRONMENTS = sorted(path.stem for path in TFVARS.glob("*.tfvars"))
MADE_UP = "123456789012"  # in environments.tftest.hcl
RUN = "the_configuration_points_at_what_is_made"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_tfvars_file_holds_no_key_twice_and_schedules_that_can_be_kept(environment: str) -> None:
    read = tfvars.read((TFVARS / f"{environment}.tfvars").read_text())
    assert read.doubled == ()
    assert read.values["environment"] == environment
    for schedule in read.values.get("schedules", {}).values():
        assert [*cron_faults(schedule["cron"])] == []
        assert time_zone_fault(schedule.get("time_zone", "Etc/UTC")) is None


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_tfvars_file_fits_those_of_the_other_environments(environment: str) -> None:
    path = TFVARS / f"{environment}.tfvars"
    found = tfvars_neighbours.findings(path)
    assert [f"{each.subject} {each.problem}; {each.fix}" for each in found if each.problem] == []


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Terraform's sources with the fork's environments, of which one run is planned."""
    if shutil.which("terraform") is None:
        absent("terraform is not on PATH")
    made = Workspace(tmp_path_factory.mktemp("fork"), TFVARS)
    made.keep_run(RUN)
    return made


def refusals(printed: str) -> list[str]:
    """Terraform's own sentences on what is wrong."""
    messages = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    found = [each["diagnostic"] for each in messages if "diagnostic" in each]
    return [f"{each['summary']}: {each.get('detail', '')}" for each in found]


def with_number_of(config: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    """What is made, with the number of the project that is configured: no tfvars file has one."""
    number = re.match(r"projects/(\d+)/", config["cloud"]["network"] or "")
    return json.loads(json.dumps(made).replace(MADE_UP, number.group(1))) if number else made


@pytest.mark.slow
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_is_planned_safe_and_as_it_is_configured(
    workspace: Workspace, environment: str
) -> None:
    """Nobody from outside who is not named, no role too wide; projects, buckets, accounts, keys agree."""
    code, planned, printed = workspace.test(environment)
    assert code == 0, "\n".join(refusals(printed)) or printed[-3000:]
    plan = planned[RUN]
    assert list(denied_roles.in_plan(plan)) == []
    assert list(plan_faults.in_plan(plan, environment, TFVARS)) == []
    program = f"from pipeline.config.load import load; print(load({environment!r}).model_dump_json())"
    config, made = json.loads(call("-c", program)), plan.outputs["configuration"]
    if made["cloud"]["project"] in doctor.PLACEHOLDERS and made["name"] != config["name"]:
        pytest.skip(f"{environment} is not filled in yet: its project is a placeholder")
    assert list(differences(with_number_of(config, made), config)) == []
    image = config["cloud"]["image"]
    assert image.startswith((f"{plan.outputs['images']}/pipeline:", f"{plan.outputs['images']}/pipeline@"))
