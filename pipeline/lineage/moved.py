"""Addresses in a workspace that was moved.

ML Metadata holds absolute addresses. After the folder of a workspace was moved, copied or mounted elsewhere,
they point to the old place. An artifact's own address shows which that was: artifacts are in
`<root>/artifacts/<node>/<key>/<execution>`.

The present address counts whether or not anything is there: a copy that lacks files lacks them, and never
reads those of the workspace that it was copied from, which may be others by now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

_ARTIFACT = re.compile(r"(/.+|)/artifacts/[^/]+/[^/]+/[0-9]+")


def address_now(uri: str, root: Path) -> str:
    """Returns the present address of an artifact; that of one that is in no workspace is unchanged.

    Args:
      uri: the recorded address.
      root: absolute path of the workspace.
    """
    return _below(uri, _former_root(uri), root)


def properties_now(uri: str, properties: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """Returns the properties of an artifact, with the present addresses in them."""
    former = _former_root(uri)
    return {
        key: _below(value, former, root) if isinstance(value, str) else value
        for key, value in properties.items()
    }


def rewrite_addresses(store: metadata_store.MetadataStore, root: Path) -> int:
    """Writes the present addresses into the store of a workspace, in one transaction.

    TFX reads inputs and cached outputs from the addresses in the store. Call it only while holding the
    workspace's lock.

    Returns:
      The number of artifacts changed.
    """
    newest = metadata_store.ListOptions(limit=1, order_by=metadata_store.OrderByField.ID, is_asc=False)
    if all(_former_root(a.uri) == str(root) for a in store.get_artifacts(list_options=newest)):
        return 0
    changed = [artifact for artifact in store.get_artifacts() if _rewrite(artifact, root)]
    if changed:
        store.put_artifacts(changed)
    return len(changed)


def _rewrite(artifact: mlmd.Artifact, root: Path) -> bool:
    uri = artifact.uri
    moved = address_now(uri, root)
    if moved == uri:
        return False
    for value in _texts(artifact):
        value.string_value = _below(value.string_value, _former_root(uri), root)
    artifact.uri = moved
    return True


def _texts(artifact: mlmd.Artifact) -> Iterable[mlmd.Value]:
    values = (*artifact.properties.values(), *artifact.custom_properties.values())
    return (value for value in values if value.HasField("string_value"))


def _former_root(uri: str) -> str:
    """Returns the root of the workspace in which an artifact was made; empty if in none."""
    found = _ARTIFACT.fullmatch(uri)
    return found[1] if found else ""


def _below(address: str, former: str, root: Path) -> str:
    """Returns an address below a former root moved below the present one; any other address unchanged."""
    if not former or not address.startswith(f"{former}/"):
        return address
    return f"{root}{address.removeprefix(former)}"
