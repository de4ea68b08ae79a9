"""What Artifact Registry's clean-up deletes, by its documentation, evaluated here.

https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy: all parts of a condition must
hold; the most recent versions are counted in each package; a version that matches a keep policy stays,
whatever else it matches. The registry refuses to delete a manifest that an index names, as
GOOGLE_MANIFEST_DANGLING_PARENT_IMAGE.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


@dataclasses.dataclass(frozen=True)
class Version:
    """One manifest of a package.

    Attributes:
      digest: of the manifest.
      age_days: since it was pushed.
      tags: that name it.
      parts: digests of the manifests that it names, if it is an index.
    """

    digest: str
    age_days: float
    tags: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()


def deleted(policies: Sequence[Mapping[str, Any]], versions: Sequence[Version]) -> set[str]:
    """Digests of one package that are deleted in the end."""
    matched = {action: set[str]() for action in ("KEEP", "DELETE")}
    for policy in policies:
        matched[policy["action"]] |= set(_matched(policy, versions))
    gone = matched["DELETE"] - matched["KEEP"]
    held = {part for version in versions if version.digest not in gone for part in version.parts}
    return gone - held


def _matched(policy: Mapping[str, Any], versions: Sequence[Version]) -> Iterator[str]:
    for recent in policy.get("most_recent_versions") or ():
        newest = sorted(versions, key=lambda version: version.age_days)
        yield from (version.digest for version in newest[: recent["keep_count"]])
    for condition in policy.get("condition") or ():
        yield from (version.digest for version in versions if _holds(condition, version))


def _holds(condition: Mapping[str, Any], version: Version) -> bool:
    state, prefixes = condition.get("tag_state") or "ANY", condition.get("tag_prefixes") or []
    older_than = condition.get("older_than")
    known = {"tag_state", "tag_prefixes", "older_than"}
    assert not {key for key, value in condition.items() if value} - known, "evaluate it, too"
    return all(
        (
            state == "ANY" or (state == "TAGGED") == bool(version.tags),
            not prefixes or any(tag.startswith(tuple(prefixes)) for tag in version.tags),
            not older_than or version.age_days > float(older_than.removesuffix("s")) / 86_400,
        )
    )
