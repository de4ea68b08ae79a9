"""Scanning, as Artifact Analysis tells of it: of an index, of the manifests that it names for a platform."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.promotion import images, scan
from tests.infra.local_registry import REPOSITORY, LocalRegistry

INDEX, PLATFORM, ATTESTATIONS = (f"sha256:{digit * 64}" for digit in "123")
SCANNED = {"kind": "DISCOVERY", "discovery": {"analysisStatus": "FINISHED_SUCCESS"}}


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalRegistry]:
    """Every image scanned: an index of one platform and its attestations."""
    server = LocalRegistry()
    server.manifests[INDEX] = {
        "manifests": [
            {"digest": PLATFORM, "platform": {"os": "linux"}},
            {"digest": ATTESTATIONS, "platform": {"os": "unknown"}},
        ]
    }
    server.occurrences = {f"https://{REPOSITORY}/{name}@{PLATFORM}": [SCANNED] for name in images.IMAGES}
    monkeypatch.setenv("ARTIFACT_REGISTRY_ENDPOINT", server.url)
    yield server
    server.close()


@pytest.fixture
def named(tmp_path: Path) -> list[str]:
    path = tmp_path / "images.json"
    path.write_text(json.dumps({name: f"{REPOSITORY}/{name}@{INDEX}" for name in images.IMAGES}))
    return ["--images", str(path)]


def critical(**more: Any) -> dict[str, Any]:
    vulnerability = {"effectiveSeverity": "CRITICAL", "fixAvailable": True, **more}
    return {"noteName": "projects/goog-vulnz/notes/CVE-2026-1", "vulnerability": vulnerability}


def test_scanned_images_without_a_critical_finding_pass(registry: LocalRegistry, named: list[str]) -> None:
    """Less than critical, and what nobody has fixed, does not close."""
    place = registry.occurrences[f"https://{REPOSITORY}/trainer@{PLATFORM}"]
    place += [critical(fixAvailable=False), critical(effectiveSeverity="HIGH")]
    assert scan.main(named) == 0


def test_a_critical_finding_closes(
    registry: LocalRegistry, named: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Named with its image."""
    registry.occurrences[f"https://{REPOSITORY}/trainer@{PLATFORM}"].append(critical())
    assert scan.main(named) == 1
    said = capsys.readouterr().out
    assert said.startswith(
        f"{REPOSITORY}/trainer@{INDEX}: critical, and fixed in a newer version: CVE-2026-1"
    )


def test_an_image_that_was_not_scanned_closes(
    registry: LocalRegistry, named: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """As does a service that does not answer."""
    del registry.occurrences[f"https://{REPOSITORY}/serving@{PLATFORM}"]
    assert scan.main(named) == 1
    assert "serving@" in capsys.readouterr().out
    registry.close()
    assert scan.main(named) == 1
    assert "scan: asking for findings at http://" in capsys.readouterr().err
