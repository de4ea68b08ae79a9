"""Finds the champion among recorded runs, and the run that made a model."""

from __future__ import annotations

from pipeline.launch.champion import Champion
from pipeline.lineage.runs import Run, run_that_released, run_with_id


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


def run_behind(runs: list[Run], model: str) -> Run | None:
    """Returns the run that made a released model; None where there is none.

    Args:
      runs: oldest first.
      model: a version, or `champion`, which is known by its run: two models may have one version number.
    """
    standing = champion(runs) if model == "champion" else None
    return run_with_id(runs, standing.run_id) if standing else run_that_released(runs, model)
