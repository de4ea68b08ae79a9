"""A version answers the requests of its warm-up file before it serves."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from serving.errors import ModelLoadError
from serving.models import warm_up
from serving.models.model import ServableModel
from tests.serving.servable_samples import write_examples_model, write_warm_up


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_examples_model(tmp_path_factory.mktemp("warm") / "1")


def example(x: float) -> tf.train.Example:
    made = tf.train.Example()
    made.features.feature["x"].float_list.value.append(x)
    return made


def predicting(log: PredictionLog) -> None:
    request = log.predict_log.request
    request.model_spec.signature_name = "predict"
    request.inputs["inputs"].CopyFrom(tf.make_tensor_proto([example(1).SerializeToString()]))


def classifying(log: PredictionLog) -> None:
    log.classify_log.request.input.example_list.examples.append(example(2))


def regressing(log: PredictionLog) -> None:
    log.regress_log.request.model_spec.signature_name = "regress"
    log.regress_log.request.input.example_list.examples.extend([example(3), example(4)])


def record(fill: Callable[[PredictionLog], None]) -> bytes:
    log = PredictionLog()
    fill(log)
    return log.SerializeToString()


def test_every_kind_of_request_is_replayed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_warm_up(folder, [record(each) for each in (predicting, classifying, regressing)])
    asked = []

    class Noting(ServableModel):
        def predict(self, inputs: dict[str, np.ndarray], signature_name: str = "") -> dict[str, np.ndarray]:
            asked.append((signature_name, len(inputs["inputs"])))
            return super().predict(inputs, signature_name)

    monkeypatch.setattr(warm_up, "ServableModel", Noting)
    warm_up.load_warm(folder).close()
    assert asked == [("predict", 1), ("serving_default", 1), ("regress", 2)]


def other_signature(log: PredictionLog) -> None:
    classifying(log)
    log.classify_log.request.model_spec.signature_name = "regress"


def no_feature(log: PredictionLog) -> None:
    log.classify_log.request.input.example_list.examples.append(tf.train.Example())


def of_session(log: PredictionLog) -> None:
    log.session_run_log.SetInParent()


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([b"\xff"], "record 1 is no PredictionLog"),
        (
            [record(classifying), record(other_signature)],
            "the model refuses request 2: Expected classification ",
        ),
        ([record(no_feature)], "the model refuses request 1: "),
        (
            [record(of_session)],
            "request 1: it is a session_run_log, and only Predict, Classify and Regress are",
        ),
        ([b""], "request 1: it is a None"),
        ([record(classifying)] * 3, " holds more than 2 requests"),
    ],
)
def test_a_version_with_a_broken_warm_up_file_is_not_available(
    folder: Path, records: list[bytes], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm_up, "MAX_RECORDS", 2)
    path = write_warm_up(folder, records)
    with pytest.raises(ModelLoadError) as refused:
        warm_up.load_warm(folder)
    assert str(refused.value).startswith(str(path))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_cut_off_or_none_is_told_of(folder: Path) -> None:
    path = write_warm_up(folder, [record(classifying)])
    whole = path.read_bytes()
    for content in (whole[:-3], b"no records at all"):
        path.write_bytes(content)
        with pytest.raises(ModelLoadError, match="tf_serving_warmup_requests cannot be read as TFRecords: "):
            warm_up.load_warm(folder)
    shutil.rmtree(path.parent)
    warm_up.load_warm(folder).close()
