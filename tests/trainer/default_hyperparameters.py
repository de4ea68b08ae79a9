"""The template's own hyperparameters, for tests and benchmarks; a fork's base.yaml does not change them."""

from importlib import resources

import yaml

from trainer.hyperparameters import Hyperparameters


def default_hyperparameters(**changes: object) -> Hyperparameters:
    """Returns the section `training` of pipeline/configs/defaults.yaml, with changes."""
    defaults = resources.files("pipeline").joinpath("configs", "defaults.yaml").read_text(encoding="utf-8")
    return Hyperparameters(**{**yaml.safe_load(defaults)["training"], **changes})
