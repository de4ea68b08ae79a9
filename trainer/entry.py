"""The functions that TFX's Transform and Trainer call by their dotted names."""

from __future__ import annotations

import tempfile
from pathlib import Path

import tensorflow_transform as tft
from tfx.components.trainer.fn_args_utils import FnArgs
from tfx.utils import io_utils

from trainer import features
from trainer.heads import head_of
from trainer.hyperparameters import Hyperparameters
from trainer.preprocessing import preprocessing_fn
from trainer.training.accelerators import ACCELERATORS_KEY, require
from trainer.training.export import export
from trainer.training.rows import read_rows
from trainer.training.train import train

__all__ = ["preprocessing_fn", "run_fn"]


def run_fn(fn_args: FnArgs) -> None:
    """Trains on the transformed train split and exports the model.

    Reads `train_files`, `transform_output` and the hyperparameters in `custom_config`, never the eval split.
    Writes the SavedModel into `serving_model_dir`; TensorBoard logs and history.json into `model_run_dir`.

    Args:
      fn_args: what TFX's Trainer passes; the names above are its attributes.

    Raises:
      NoAcceleratorError: accelerators were asked for and TensorFlow sees fewer.
    """
    require(fn_args.custom_config.get(ACCELERATORS_KEY))
    transform = tft.TFTransformOutput(fn_args.transform_output)
    hyperparameters = Hyperparameters.model_validate(fn_args.custom_config["hyperparameters"])
    rows = read_rows(fn_args.train_files, transform.transformed_feature_spec())
    head = head_of(features.TASK, rows.label)
    with tempfile.TemporaryDirectory() as scratch:  # model_run_dir may be in a bucket, which is no Path
        model, _ = train(rows, head, hyperparameters, Path(scratch))
        io_utils.copy_dir(scratch, fn_args.model_run_dir)
    export(model, head, transform, fn_args.serving_model_dir)
