"""Resources that hold what cannot be made anew, whether a plan may destroy them, and what no plan resets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

# Data, or what data cannot be read or served without.
HOLD_DATA = (
    "google_artifact_registry_repository",
    "google_bigquery_dataset",
    "google_bigquery_table",
    "google_firestore_database",
    "google_kms_crypto_key",
    "google_secret_manager_secret",
    "google_sql_database_instance",
    "google_storage_bucket",
    "google_vertex_ai_endpoint",
    "google_vertex_ai_metadata_store",
)
_BLOCK = re.compile(
    rf'^resource\s+"(?P<kind>{"|".join(HOLD_DATA)})"\s+"(?P<name>\w+)"\s*\{{.*?^\}}', re.DOTALL | re.MULTILINE
)
_PROTECTED = re.compile(r"^  lifecycle \{\n(?:    .*\n)*?    prevent_destroy\s*=\s*true$", re.MULTILINE)

_ANY_BLOCK = re.compile(r'^resource\s+"(?P<kind>\w+)"\s+"(?P<name>\w+)"\s*\{.*?^\}', re.DOTALL | re.MULTILINE)
_IGNORED = re.compile(r"^ *ignore_changes\s*=\s*(\[.*?\]|\w+)", re.DOTALL | re.MULTILINE)


def ignored(folder: Path) -> dict[str, list[str]]:
    """Returns <type>.<name> of each block to what Terraform leaves as others have set it."""
    found = {}
    for path in sorted(folder.rglob("*.tf")):
        for block in _ANY_BLOCK.finditer(path.read_text(encoding="utf-8")):
            if names := [
                name for each in _IGNORED.findall(block.group()) for name in re.findall(r"\w+", each)
            ]:
                found[f"{block['kind']}.{block['name']}"] = names
    return found


def blocks(folder: Path) -> Iterator[tuple[str, bool]]:
    """Yields <type>.<name> of each block of such a type, and whether Terraform refuses to destroy it."""
    for path in sorted(folder.rglob("*.tf")):
        for block in _BLOCK.finditer(path.read_text(encoding="utf-8")):
            yield f"{block['kind']}.{block['name']}", bool(_PROTECTED.search(block.group()))
