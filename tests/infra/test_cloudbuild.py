"""What Cloud Build is told: by Google's schema, and by what no schema catches."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.terraform_plans import ENVIRONMENTS, Plan

ROOT = Path(__file__).parents[2]
FILES = (
    Path("cloudbuild.yaml"),
    *sorted(p.relative_to(ROOT) for p in (ROOT / "infra/cloudbuild").glob("*.yaml")),
)
# https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values
BUILT_IN = {"PROJECT_ID", "PROJECT_NUMBER", "BUILD_ID", "LOCATION", "COMMIT_SHA", "SHORT_SHA", "REVISION_ID"}
BUILT_IN |= {"REPO_NAME", "REPO_FULL_NAME", "BRANCH_NAME", "TAG_NAME", "REF_NAME", "TRIGGER_NAME"}
BEFORE_MAKE = {"ci-image.yaml"}  # builds the image that has make


def faults(text: str, targets: set[str], uses_make: bool = True) -> Iterator[str]:
    """What is wrong with a build beyond its schema."""
    build = yaml.safe_load(text)
    defined = set(build.get("substitutions", {}))
    used = set(re.findall(r"\$\{?(_?[A-Z][A-Z0-9_]*)\}?", _without(build, "substitutions")))
    yield from (f"${name} is not defined" for name in sorted(used - defined - BUILT_IN))
    yield from (f"{name} is defined and not used" for name in sorted(defined - used))
    seen: set[str] = set()
    for step in build["steps"]:
        name = step.get("id", "?")
        if name in seen or name == "?":
            yield f"step {name} has no id of its own"
        yield from (
            f"{name} waits for {w}, no earlier step" for w in step.get("waitFor", []) if w not in seen
        )
        if uses_make and step.get("entrypoint") != "make":
            yield f"{name} does something else than make"
        elif uses_make and step["args"][0] not in targets:
            yield f"{name} calls make {step['args'][0]}, no target"
        seen.add(name)


def _without(build: dict[str, Any], key: str) -> str:
    return yaml.safe_dump({name: value for name, value in build.items() if name != key})


def targets() -> set[str]:
    """Phony targets of the Makefile."""
    return set(re.findall(r"^\.PHONY: ([a-z-]+)$", (ROOT / "Makefile").read_text(), re.MULTILINE))


def steps(path: str) -> list[dict[str, Any]]:
    """Steps of a build."""
    return yaml.safe_load((ROOT / path).read_text())["steps"]


def test_every_file_follows_googles_schema() -> None:
    """Unknown keys and wrong types are faults."""
    check = Path(sys.executable).with_name("check-jsonschema")
    command = [check, "--builtin-schema", "vendor.cloudbuild", *FILES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", FILES, ids=str)
def test_every_file_hangs_together(path: Path) -> None:
    """Steps wait for earlier steps, substitutions are defined and used, steps call targets that exist."""
    text = (ROOT / path).read_text()
    assert list(faults(text, targets(), uses_make=path.name not in BEFORE_MAKE)) == []


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("waitFor: [setup]", "waitFor: [set-up]", "lint waits for set-up, no earlier step"),
        ("args: [lint]", "args: [lintt]", "lint calls make lintt, no target"),
        (
            "entrypoint: make\n    args: [lint]",
            "entrypoint: bash\n    args: [lint]",
            "lint does something else",
        ),
        ("${_CI_IMAGE}", "${_CI_IMAG}", "$_CI_IMAG is not defined"),
        ("$COMMIT_SHA", "$COMIT_SHA", "$COMIT_SHA is not defined"),
        ("  _CONFIG: dev", "  _CONFIG: dev\n  _CONFIGURATION: dev", "_CONFIGURATION is defined and not used"),
        ("id: lint", "id: setup", "step setup has no id of its own"),
    ],
)
def test_a_fault_is_found(before: str, after: str, fault: str) -> None:
    """Each kind of slip, planted in the real file."""
    text = (ROOT / "cloudbuild.yaml").read_text()
    assert before in text
    assert any(found.startswith(fault) for found in faults(text.replace(before, after), targets()))


def test_a_push_goes_from_lint_to_a_run_in_dev() -> None:
    """Nothing is pushed before everything passed here, and nothing runs there that was not kept."""
    order = [step["args"][0] for step in steps("cloudbuild.yaml")]
    wanted = ["lint", "test-unit", "run", "images", "template", "upload", "promote", "request-run"]
    assert [target for target in order if target in wanted] == wanted


def test_a_promotion_passes_the_gate_first() -> None:
    """Nothing is uploaded before the earlier environment's runs were looked at."""
    order = [step["args"][0] for step in steps("infra/cloudbuild/promotion.yaml")]
    wanted = [
        "resolve-images",
        "verify-images",
        "promotion-gate",
        "template",
        "upload",
        "promote",
        "request-run",
    ]
    assert [target for target in order if target in wanted] == wanted


def test_images_are_named_by_digest_from_the_build_on() -> None:
    """No step names an image by a tag but to find its digest, and the image that the step itself runs in."""
    for path in ("cloudbuild.yaml", "infra/cloudbuild/promotion.yaml", "infra/cloudbuild/release.yaml"):
        for step in steps(path):
            assert not [word for word in step["args"] if "/pipeline" in word or word.startswith("IMAGE=")]


def test_a_release_keeps_only_what_is_signed_and_scanned() -> None:
    """Its tag is what clean-up keeps and what promotions wait for."""
    order = [step["args"][0] for step in steps("infra/cloudbuild/release.yaml")]
    assert order == ["setup", "resolve-images", "verify-images", "scan-images", "release-images"]


def test_a_promotion_asks_for_windows_and_the_gate_for_their_verdicts() -> None:
    """Of the same release."""
    by_target = {step["args"][0]: step["args"] for step in steps("infra/cloudbuild/promotion.yaml")}
    assert "WINDOWS=${_WINDOWS}" in by_target["request-run"]
    assert {"REVISION=$TAG_NAME", "WINDOWS=${_EARLIER_WINDOWS}"} <= set(by_target["promotion-gate"])
    assert "TAG=$TAG_NAME" in by_target["resolve-images"]
    assert "REVISION=$TAG_NAME" in by_target["template"]


def test_builds_run_in_the_image_that_infrastructure_names() -> None:
    """By digest: no file names an image by a tag, which somebody could move."""
    for path in set(FILES) - {Path("infra/cloudbuild/ci-image.yaml")}:
        assert {step["name"] for step in steps(str(path))} == {"${_CI_IMAGE}"}, path


def test_a_pull_requests_plan_writes_no_lock() -> None:
    """Its account only reads the state; `terraform plan` would write a lock otherwise."""
    (plan,) = (s for s in steps("infra/cloudbuild/terraform-plan.yaml") if s["args"][0] == "infra-plan")
    assert "LOCK=false" in plan["args"]
    command = ["make", "--dry-run", *plan["args"], "CONFIG=dev", "STATE=a-bucket", "LOCK=false"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "plan -input=false -lock=false" in printed


def test_a_pull_request_touches_nothing_outside() -> None:
    """No images, uploads, promotions, runs or applies."""
    outside = {"images", "release-images", "upload", "promote", "request-run", "infra-apply", "infra-plan"}
    assert not outside & {step["args"][0] for step in steps("infra/cloudbuild/pull-request.yaml")}


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not on PATH")
def test_triggers_give_their_builds_what_they_need(plans: Callable[[str], dict[str, Plan]]) -> None:
    """Every file that a trigger names exists, every file has its trigger, and every substitution is given."""
    named = set()
    run = "with_a_repository_builds_start_and_only_prod_waits_for_approval"
    for environment in ENVIRONMENTS:
        for trigger in plans(environment)[run].of_type("google_cloudbuild_trigger").values():
            build = yaml.safe_load((ROOT / trigger["filename"]).read_text())
            missing = set(build["substitutions"]) - set(trigger["substitutions"])
            assert not missing, (environment, trigger["filename"], missing)
            assert re.search(r"/ci@sha256:[0-9a-f]{64}$", trigger["substitutions"]["_CI_IMAGE"])
            named.add(trigger["filename"])
    assert named == {str(path) for path in FILES} - {"infra/cloudbuild/ci-image.yaml"}
