"""Warms a model up as TensorFlow Serving does: by the requests that its folder holds, before it serves.

The file is assets.extra/tf_serving_warmup_requests, TFRecords of PredictionLog; Predict, Classify and Regress
are replayed. The first request to a model takes many times as long as the later ones.
"""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from serving.errors import InvalidRequestError, ModelLoadError, ServingError
from serving.models.error_text import one_line
from serving.models.model import ServableModel
from serving.tensors.examples import example_inputs, examples_of
from serving.tensors.proto_tensors import tensor_to_array
from serving.tensors.signature import CLASSIFY_METHOD, DEFAULT_SIGNATURE, REGRESS_METHOD

FILE = Path("assets.extra") / "tf_serving_warmup_requests"
MAX_RECORDS = 1000  # TensorFlow Serving's
_MAX_VALUES = 2**24  # of one tensor


def load_warm(folder: Path) -> ServableModel:
    """Returns a model that has answered the requests of its warm-up file, if there is one.

    Raises:
      ModelLoadError: it cannot be loaded (see ServableModel), or the file is broken or holds a request that
        the model refuses.
    """
    model = ServableModel(folder)
    try:
        if (folder / FILE).is_file():
            _replay(model, folder / FILE)
    except BaseException:
        model.close()
        raise
    return model


def _replay(model: ServableModel, path: Path) -> None:
    number = 0
    try:
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            number += 1
            if number > MAX_RECORDS:
                raise ModelLoadError(f"{path} holds more than {MAX_RECORDS} requests")
            _ask(model, PredictionLog.FromString(record))
    except tf.errors.OpError as error:
        raise ModelLoadError(f"{path} cannot be read as TFRecords: {one_line(error)}") from error
    except DecodeError as error:
        raise ModelLoadError(f"{path}: record {number} is no PredictionLog") from error
    except ServingError as error:
        raise ModelLoadError(f"{path}: the model refuses request {number}: {error}") from error


def _ask(model: ServableModel, log: PredictionLog) -> None:
    """Asks the model what one record holds."""
    kind = log.WhichOneof("log_type")
    if kind not in ("predict_log", "classify_log", "regress_log"):
        raise InvalidRequestError(f"it is a {kind}, and only Predict, Classify and Regress are replayed")
    request = getattr(log, kind).request
    signature_name = request.model_spec.signature_name or DEFAULT_SIGNATURE
    if kind == "predict_log":
        inputs = {name: tensor_to_array(name, each, _MAX_VALUES) for name, each in request.inputs.items()}
    else:
        method = CLASSIFY_METHOD if kind == "classify_log" else REGRESS_METHOD
        signature = model.signature(signature_name)
        inputs = example_inputs(signature, method, examples_of(request.input))
    model.predict(inputs, signature_name)
