"""Finds the champion among recorded runs."""

from __future__ import annotations

from pipeline.launch.champion import Champion
from pipeline.lineage.runs import Run


def champion(runs: list[Run]) -> Champion | None:
    """Returns the version released last and not withdrawn; None before the first release.

    A run that reuses a cached release records the same artifact again; the release remains the first run's.

    Args:
      runs: oldest first.

    Raises:
      ReleaseRecordError: the record of that release is incomplete.
    """
    standing = [
        (run.release, run) for run in runs if run.release and "withdrawn" not in run.release.properties
    ]
    if not standing:
        return None
    release, run = max(standing, key=lambda pair: pair[0].id)  # of equal ids the first: the oldest run
    return Champion.from_release(release.properties, run.id)
