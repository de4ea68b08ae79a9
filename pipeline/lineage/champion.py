"""Finds the champion among recorded runs."""

from __future__ import annotations

from pipeline.launch.champion import Champion
from pipeline.lineage.runs import Artifact, Run


def champion(runs: list[Run]) -> Champion | None:
    """Returns the version released last and not withdrawn; None before the first release.

    A run that reuses a cached release records the same artifact again; the release remains the first run's.

    Args:
      runs: oldest first.

    Raises:
      ReleaseRecordError: the record of that release is incomplete.
    """
    found = standing_release(runs)
    return Champion.from_release(found[0].properties, found[1].id) if found else None


def standing_release(runs: list[Run]) -> tuple[Artifact, Run] | None:
    """Returns the record of the last release that was not withdrawn, and its run; None where there is none.

    Args:
      runs: oldest first.
    """
    standing = [
        (run.release, run) for run in runs if run.release and "withdrawn" not in run.release.properties
    ]
    if not standing:
        return None
    return max(standing, key=lambda pair: pair[0].id)  # of equal ids the first: the oldest run
