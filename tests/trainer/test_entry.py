"""TFX's door: run_fn trains on the train files alone and leaves a servable model and its history."""

import json

import tensorflow as tf
from tfx.components.trainer.fn_args_utils import FnArgs

from tests.trainer.random_rows import HYPERPARAMETERS
from trainer import entry, preprocessing


def test_run_fn_writes_model_and_history_and_never_opens_the_eval_files(transformed, tmp_path):
    """The eval files may be missing, broken or secret: training does not look."""
    arguments = FnArgs(
        train_files=[transformed.examples],
        eval_files=[str(tmp_path / "not there")],
        transform_output=str(transformed.output.transform_savedmodel_dir).rsplit("/", 1)[0],
        serving_model_dir=str(tmp_path / "model" / "Format-Serving"),
        model_run_dir=str(tmp_path / "model_run"),
        custom_config={"hyperparameters": HYPERPARAMETERS.model_dump(mode="json"), "code_fingerprint": "x"},
    )
    entry.run_fn(arguments)
    history = json.loads((tmp_path / "model_run" / "history.json").read_text())
    assert history["rows"] == len(transformed.rows())
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], arguments.serving_model_dir)
        assert set(loaded.signature_def) >= {"serving_default", "tf_examples"}


def test_transform_is_given_the_same_preprocessing():
    """The function that Transform finds by its dotted name is the one that is tested."""
    assert entry.preprocessing_fn is preprocessing.preprocessing_fn
