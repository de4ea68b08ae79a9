"""What a launch takes from the registered models: the champion, and the version to count on from."""

from __future__ import annotations

from components.release.version_rule import Registered
from pipeline.launch.champion import Champion
from pipeline.launch.newest import registered
from pipeline.lineage.models import Models


def champion_of(models: Models) -> Champion | None:
    """Returns the version that is live, as candidates are compared with it; None where none is.

    Raises:
      ReleaseRecordError: the record of its release is incomplete.
    """
    return Champion.from_release(models.live.facts, models.live.run_id) if models.live else None


def newest_of(models: Models, model_name: str) -> Registered | None:
    """Returns the model registered last under a name, whatever became of it; None before the first.

    Args:
      models: of the deployment.
      model_name: the configuration's; a record of old that lacks a name counts as of this one.

    Raises:
      ReleaseRecordError: its record cannot be read.
    """
    named = [each for each in models.versions if each.model_name in (model_name, "")]
    if not named:
        return None
    newest = max(named, key=lambda each: (each.number, each.registered))  # a clock may have been turned back
    return registered(newest.facts, newest.run_id)
