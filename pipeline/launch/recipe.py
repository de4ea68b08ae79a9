"""How the candidate of a launch is made, as far as its version's number depends on it."""

from __future__ import annotations

import hashlib
import json

from components.release.version_rule import Recipe
from pipeline import stages
from pipeline.launch.launch import Launch
from trainer import features


def recipe_of(launch: Launch) -> Recipe:
    """Returns the recipe without the signature, which only the exported model has."""
    code = [launch.code[stage.name] for stage in (stages.TRANSFORM, stages.TRAINER)]
    return Recipe(
        label=json.dumps({"name": features.LABEL, **json.loads(features.TASK.as_json())}, sort_keys=True),
        columns=hashlib.sha256(repr(features.TABLE).encode()).hexdigest(),
        hyperparameters=json.dumps(launch.config.training.model_dump(mode="json"), sort_keys=True),
        code=hashlib.sha256(" ".join(code).encode()).hexdigest(),
    )
