"""The door TFX knocks at: the functions that Transform and Trainer call by their dotted names."""

import tempfile
from pathlib import Path

import tensorflow_transform as tft
from tfx.components.trainer.fn_args_utils import FnArgs
from tfx.utils import io_utils

from trainer.hyperparameters import Hyperparameters
from trainer.preprocessing import preprocessing_fn
from trainer.training.exporting import export
from trainer.training.rows import read_rows
from trainer.training.training import train

__all__ = ["preprocessing_fn", "run_fn"]


def run_fn(fn_args: FnArgs) -> None:
    """Trains on the transformed train split and exports the model; called by Trainer.

    Reads:   fn_args.train_files, fn_args.transform_output, fn_args.custom_config["hyperparameters"].
    Writes:  the SavedModel in fn_args.serving_model_dir; TensorBoard logs and history.json in
             fn_args.model_run_dir. The eval split is never read.
    """
    transform = tft.TFTransformOutput(fn_args.transform_output)
    hyperparameters = Hyperparameters.model_validate(fn_args.custom_config["hyperparameters"])
    rows = read_rows(fn_args.train_files, transform.transformed_feature_spec())
    with tempfile.TemporaryDirectory() as scratch:  # model_run_dir may be in a bucket, which is no Path
        model, _ = train(rows, hyperparameters, Path(scratch))
        io_utils.copy_dir(scratch, fn_args.model_run_dir)
    export(model, transform, fn_args.serving_model_dir)
