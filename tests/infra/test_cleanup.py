"""Clean-up of images deletes nothing that a pointer names or that a release can go back to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.infra.cleanup_policies import Version, deleted
from tests.infra.programs import needs_terraform
from tests.infra.terraform_plans import PLAIN, Plan

pytestmark = needs_terraform


def policies(plan: Plan) -> list[dict[str, Any]]:
    """Of the repository of images."""
    (repository,) = plan.of_type("google_artifact_registry_repository.images").values()
    return repository["cleanup_policies"]


def build(name: str, age_days: float, *tags: str) -> Iterator[Version]:
    """What one build pushes of an image."""
    parts = (f"{name}-image", f"{name}-attestations")
    yield Version(name, age_days, frozenset({name, *tags}), parts)
    yield from (Version(part, age_days) for part in parts)
    yield Version(f"{name}-signature", age_days, frozenset({f"sha256-{name}.sig"}))


NAMED = {300: ("v1.0.0",), 299: ("v1.1.0", "v1.1.1"), 298: ("current-dev",), 297: ("previous-dev",)}
NEVER_NAMED = range(200, 296)
RECENT = range(20)


@pytest.fixture
def gone(plans: Callable[[str], dict[str, Plan]]) -> set[str]:
    """What is deleted of a history in which many builds came after what is named."""
    history = [
        version
        for age in (*NAMED, *NEVER_NAMED, *RECENT)
        for version in build(f"b{age}", age, *NAMED.get(age, ()))
    ]
    return deleted(policies(plans("dev")[PLAIN]), history)


def test_what_pointers_name_stays_with_its_parts_and_signature(gone: set[str]) -> None:
    """Releases, for prod and preprod go back to any of them; dev's current and the one before."""
    for age in NAMED:
        assert not {f"b{age}", f"b{age}-image", f"b{age}-attestations", f"b{age}-signature"} & gone


def test_what_is_young_stays(gone: set[str]) -> None:
    """A run that was started with it is still under way."""
    assert not {f"b{age}{part}" for age in RECENT for part in ("", "-image", "-attestations")} & gone


def test_what_nothing_names_goes(gone: set[str]) -> None:
    """Image and attestations of each old build; signatures are small, and stay."""
    for age in NEVER_NAMED:
        assert {f"b{age}", f"b{age}-image", f"b{age}-attestations"} <= gone
    assert not any(name.endswith("-signature") for name in gone)


def test_the_last_builds_stay_where_nothing_new_is_pushed(plans: Callable[[str], dict[str, Plan]]) -> None:
    """A project at rest keeps what it has."""
    history = [version for age in range(100, 110) for version in build(f"b{age}", age)]
    assert deleted(policies(plans("dev")[PLAIN]), history) == set()
