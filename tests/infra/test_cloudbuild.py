"""What Cloud Build is told: by Google's schema, and by what no schema catches."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.infra import strict_yaml
from tests.infra.build_faults import FAULTS, Fault
from tests.infra.build_rules import CI_IMAGE, GATES, faults, passed_before
from tests.infra.programs import needs_terraform
from tests.infra.terraform_plans import ENVIRONMENTS, Plan

ROOT = Path(__file__).parents[2]
FILES = (
    Path("cloudbuild.yaml"),
    *sorted(p.relative_to(ROOT) for p in (ROOT / "infra" / "cloudbuild").iterdir()),
)


def targets() -> set[str]:
    """Phony targets of the Makefile."""
    return set(re.findall(r"^\.PHONY: ([a-z-]+)$", (ROOT / "Makefile").read_text(), re.MULTILINE))


def steps(path: str) -> list[dict[str, Any]]:
    """Steps of a build."""
    return strict_yaml.load((ROOT / path).read_text())["steps"]


def test_every_file_follows_googles_schema() -> None:
    """Unknown keys and wrong types are faults."""
    check = Path(sys.executable).with_name("check-jsonschema")
    command = [check, "--builtin-schema", "vendor.cloudbuild", *FILES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", FILES, ids=str)
def test_every_file_holds_what_it_may_and_waits_for_its_gates(path: Path) -> None:
    """Steps are targets that exist, in the image of builds; what reaches out comes after every gate."""
    assert list(faults(path.name, (ROOT / path).read_text(), targets())) == []


def test_every_file_is_known() -> None:
    """What a person adds is read by the same rules."""
    assert {path.name for path in FILES} == set(GATES)
    assert list(faults("nightly.yaml", "", set())) == ["nightly.yaml is no build of this project"]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found(fault: Fault) -> None:
    """Each kind of slip or attack, planted in the real file."""
    file, before, after, said = fault
    text = (ROOT / file).read_text()
    assert before in text
    found = list(faults(Path(file).name, text.replace(before, after, 1), targets()))
    assert any(line.startswith(said) for line in found), found


def test_a_step_comes_after_what_it_waits_for_however_far() -> None:
    """By Cloud Build's rule: without `waitFor`, or with an empty one, after all that stand above."""
    steps = [
        {"id": "a"},
        {"id": "b", "waitFor": ["-"]},
        {"id": "c", "waitFor": ["b"]},
        {"id": "d", "waitFor": []},
    ]
    assert passed_before([*steps, {"id": "e", "waitFor": ["c"]}]) == {
        "a": set(),
        "b": set(),
        "c": {"b"},
        "d": {"a", "b", "c"},
        "e": {"b", "c"},
    }


def test_images_are_named_by_digest_from_the_build_on() -> None:
    """No step names an image by a tag but to find its digest, and the image that the step itself runs in."""
    for path in ("cloudbuild.yaml", "infra/cloudbuild/promotion.yaml", "infra/cloudbuild/release.yaml"):
        for step in steps(path):
            assert not [word for word in step["args"] if "/pipeline" in word or word.startswith("IMAGE=")]


def test_a_promotion_asks_for_windows_and_the_gate_for_their_verdicts() -> None:
    """Of the same release."""
    by_target = {step["args"][0]: step["args"] for step in steps("infra/cloudbuild/promotion.yaml")}
    assert "WINDOWS=${_WINDOWS}" in by_target["request-run"]
    assert {"REVISION=$TAG_NAME", "WINDOWS=${_EARLIER_WINDOWS}"} <= set(by_target["promotion-gate"])
    assert "TAG=$TAG_NAME" in by_target["resolve-images"]
    # Its checkout is of one commit, without tags.
    assert {"REVISION=$TAG_NAME", "COMMIT=$COMMIT_SHA"} <= set(by_target["template"])


def test_a_pull_requests_plan_writes_no_lock() -> None:
    """Its account only reads the state; a lock would be a write (tests/infra/test_terraform_plan.py)."""
    (plan,) = (s for s in steps("infra/cloudbuild/terraform-plan.yaml") if s["args"][0] == "infra-plan")
    assert "LOCK=false" in plan["args"]


def test_a_pull_request_touches_nothing_outside() -> None:
    """No images, uploads, promotions, runs or applies."""
    outside = {"images", "release-images", "upload", "promote", "request-run", "infra-apply", "infra-plan"}
    assert not outside & {step["args"][0] for step in steps("infra/cloudbuild/pull-request.yaml")}


@needs_terraform
def test_triggers_give_their_builds_what_they_need(plans: Callable[[str], dict[str, Plan]]) -> None:
    """Every file that a trigger names exists, every file has its trigger, and every substitution is given."""
    named = set()
    run = "with_a_repository_builds_start_and_only_prod_waits_for_approval"
    for environment in ENVIRONMENTS:
        for trigger in plans(environment)[run].of_type("google_cloudbuild_trigger").values():
            build = strict_yaml.load((ROOT / trigger["filename"]).read_text())
            missing = set(build["substitutions"]) - set(trigger["substitutions"])
            assert not missing, (environment, trigger["filename"], missing)
            assert re.search(r"/ci@sha256:[0-9a-f]{64}$", trigger["substitutions"]["_CI_IMAGE"])
            named.add(trigger["filename"])
    assert named == {str(path) for path in FILES} - {f"infra/cloudbuild/{CI_IMAGE}"}
