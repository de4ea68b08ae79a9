"""What a client of a model depends on: what a request holds, and what an answer."""

from __future__ import annotations

import json
import os

from tensorflow.core.protobuf import saved_model_pb2
from tfx.dsl.io import fileio

from serving.tensors.saved_signature import signature_of
from serving.tensors.signature import DEFAULT_SIGNATURE

_GRAPH = "saved_model.pb"


def contract_of(folder: str) -> str:
    """Returns the inputs and outputs of a SavedModel's signature DEFAULT_SIGNATURE as JSON.

    Types and shapes by name; an input that a request may leave out says so. Equal texts: one client for both.

    Args:
      folder: of the SavedModel, wherever TFX can read.

    Raises:
      ValueError: the model has no such signature.
      ModelLoadError: an input or output is not a dense tensor.
    """
    saved = saved_model_pb2.SavedModel()
    with fileio.open(os.path.join(folder, _GRAPH), "rb") as file:
        saved.ParseFromString(file.read())
    found = [
        graph.signature_def[DEFAULT_SIGNATURE]
        for graph in saved.meta_graphs
        if "serve" in graph.meta_info_def.tags and DEFAULT_SIGNATURE in graph.signature_def
    ]
    if not found:
        raise ValueError(f"the model in {folder} has no signature {DEFAULT_SIGNATURE}")
    signature = signature_of(DEFAULT_SIGNATURE, found[0])
    inputs = {
        name: f"{spec}, optional" if name in signature.defaults else str(spec)
        for name, spec in signature.inputs.items()
    }
    outputs = {name: str(spec) for name, spec in signature.outputs.items()}
    return json.dumps({"inputs": inputs, "outputs": outputs}, sort_keys=True)
