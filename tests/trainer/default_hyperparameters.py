"""The template's own hyperparameters, for tests and benchmarks; a fork's base.yaml does not change them."""

from importlib import resources

import yaml

from trainer.hyperparameters import Hyperparameters


def default_hyperparameters(**changes: object) -> Hyperparameters:
    """Returns the section `training` of pipeline/configs/defaults.yaml, with changes."""
    defaults = resources.files("pipeline").joinpath("configs", "defaults.yaml").read_text(encoding="utf-8")
    return Hyperparameters(**{**yaml.safe_load(defaults)["training"], **changes})


def small_hyperparameters(**changes: object) -> Hyperparameters:
    """Returns those of a small model without dropout, with changes."""
    small = {"hidden_units": (8,), "embedding_size": 2, "dropout": 0, "category_dropout": 0}
    return default_hyperparameters(**{**small, **changes})
