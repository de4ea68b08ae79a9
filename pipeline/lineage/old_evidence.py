"""Removes the evidence of rollouts that ended long ago; what was decided on it stays on record."""

from __future__ import annotations

import shutil

from pipeline.lineage.models import Models, names_of
from pipeline.lineage.rollouts import rollouts_of
from pipeline.runners.workspace import Workspace
from serving.rollout.evidence import FOLDER

KEPT = 10  # rollouts that ended last


def remove(models: Models, workspace: Workspace) -> None:
    """Removes the folders of rollouts that ended before the last KEPT; never of one under way, or unknown.

    What cannot be removed stays until the next time. Call it only while holding the registry's lock.
    """
    ended = [rollout.id for rollout in rollouts_of(models) if rollout.end]
    old = {*ended[:-KEPT]} - {*ended[-KEPT:]}
    for name in names_of(models.versions) if old else ():
        for folder in (workspace.served_models(name) / FOLDER).glob("*"):
            if folder.name in old:
                shutil.rmtree(folder, ignore_errors=True)
