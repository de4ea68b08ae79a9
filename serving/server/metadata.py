"""TensorFlow Serving's answer to "which signatures does this model have", for gRPC and REST."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from google.protobuf.json_format import MessageToDict
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataResponse, SignatureDefMap

from serving.models.lifecycle import ServedVersion
from serving.tensors.saved_signature import SIGNATURE_DEF

if TYPE_CHECKING:
    from serving.models.model import ServableModel


def metadata_response(model_name: str, served: ServedVersion[ServableModel]) -> GetModelMetadataResponse:
    """Returns the answer as gRPC sends it: the signatures packed as `metadata["signature_def"]`."""
    response = GetModelMetadataResponse()
    response.model_spec.name = model_name
    response.model_spec.version.value = served.number
    response.metadata[SIGNATURE_DEF].Pack(_signature_def_map(served))
    return response


def metadata_json(model_name: str, served: ServedVersion[ServableModel]) -> bytes:
    """Returns the answer as REST sends it: every field written out, 64-bit numbers as strings."""
    spec = {"name": model_name, "signature_name": "", "version": str(served.number)}
    every_field = True  # passed by position: protobuf 5 gave this parameter another name
    signatures = MessageToDict(_signature_def_map(served), every_field, preserving_proto_field_name=True)
    return json.dumps({"model_spec": spec, "metadata": {SIGNATURE_DEF: signatures}}, indent=1).encode()


def _signature_def_map(served: ServedVersion[ServableModel]) -> SignatureDefMap:
    message = SignatureDefMap()
    for name, definition in served.model.signature_defs.items():
        message.signature_def[name].CopyFrom(definition)
    return message
