"""What keeps data: buckets, and what must not vanish."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.infra import protected_data
from tests.infra.bucket_faults import EXPIRED, deleted_after_days
from tests.infra.programs import needs_terraform
from tests.infra.terraform_plans import ENVIRONMENTS, PLAIN, SOURCE, Plan

pytestmark = needs_terraform


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_buckets_are_private_versioned_and_expire_intermediate_artifacts(
    plans: Callable[[str], dict[str, Plan]], environment: str
) -> None:
    """Every bucket: uniform access, nothing public, versions, not destroyed with content; examples expire."""
    buckets = plans(environment)[PLAIN].of_type("google_storage_bucket")
    assert len(buckets) == 3
    for bucket in buckets.values():
        assert bucket["uniform_bucket_level_access"] is True
        assert bucket["public_access_prevention"] == "enforced"
        assert bucket["versioning"] == [{"enabled": True}]
        assert bucket["force_destroy"] is False
    artifacts = next(bucket for address, bucket in buckets.items() if '"artifacts"' in address)
    for name in EXPIRED:
        assert deleted_after_days(artifacts, name) >= 7


def test_what_must_not_vanish_is_protected() -> None:
    """Every bucket, key, repository of images and endpoint refuses to be destroyed by a plan."""
    protected = dict(protected_data.blocks(SOURCE))
    assert {name.partition(".")[0] for name in protected} == {
        "google_storage_bucket",
        "google_kms_crypto_key",
        "google_artifact_registry_repository",
        "google_bigquery_dataset",
        "google_vertex_ai_endpoint",
    }
    assert [name for name, safe in protected.items() if not safe] == []


@pytest.mark.parametrize(
    "lifecycle", ["", "lifecycle {\n    # prevent_destroy = true\n  }", "labels = { prevent_destroy = true }"]
)
def test_a_second_bucket_that_is_not_protected_is_found(tmp_path: Path, lifecycle: str) -> None:
    """In whichever file, and whatever looks like protection."""
    safe = "lifecycle {\n    ignore_changes  = [labels]\n    prevent_destroy = true\n  }"
    for name, inside in {"first": safe, "second": lifecycle}.items():
        block = f'resource "google_storage_bucket" "{name}" {{\n  name = "{name}"\n  {inside}\n}}\n'
        (tmp_path / f"{name}.tf").write_text(block)
    assert dict(protected_data.blocks(tmp_path)) == {
        "google_storage_bucket.first": True,
        "google_storage_bucket.second": False,
    }


def test_traffic_stays_with_the_pipeline_and_all_else_with_terraform() -> None:
    """An apply does not take the champion's traffic, and no other change by hand is left unseen."""
    assert protected_data.ignored(SOURCE) == {"google_vertex_ai_endpoint.this": ["traffic_split"]}


@pytest.mark.parametrize(
    ("lifecycle", "names"),
    [
        ("ignore_changes = []", []),
        ("ignore_changes = [\n a,\n b]", ["a", "b"]),
        ("ignore_changes = all", ["all"]),
    ],
)
def test_what_is_ignored_is_read_of_every_block(tmp_path: Path, lifecycle: str, names: list[str]) -> None:
    """Of any type; an empty list is none."""
    block = f'resource "google_any" "one" {{\n  lifecycle {{\n    {lifecycle}\n  }}\n}}\n'
    (tmp_path / "main.tf").write_text(block)
    assert protected_data.ignored(tmp_path) == ({"google_any.one": names} if names else {})
