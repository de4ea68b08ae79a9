"""TensorFlow Serving's answer to "which signatures does this model have", for gRPC and REST."""

from __future__ import annotations

import json

from google.protobuf.json_format import MessageToDict
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataResponse, SignatureDefMap

from serving.server.predictor import Description
from serving.tensors.saved_signature import SIGNATURE_DEF


def metadata_response(model_name: str, description: Description) -> GetModelMetadataResponse:
    """Returns the answer as gRPC sends it: the signatures packed as `metadata["signature_def"]`."""
    response = GetModelMetadataResponse()
    response.model_spec.name = model_name
    response.model_spec.version.value = description.version
    response.metadata[SIGNATURE_DEF].Pack(_signature_def_map(description))
    return response


def metadata_json(model_name: str, description: Description) -> bytes:
    """Returns the answer as REST sends it: every field written out, 64-bit numbers as strings."""
    spec = {"name": model_name, "signature_name": "", "version": str(description.version)}
    every_field = True  # passed by position: protobuf 5 gave this parameter another name
    signatures = MessageToDict(_signature_def_map(description), every_field, preserving_proto_field_name=True)
    return json.dumps({"model_spec": spec, "metadata": {SIGNATURE_DEF: signatures}}, indent=1).encode()


def _signature_def_map(description: Description) -> SignatureDefMap:
    message = SignatureDefMap()
    for name, definition in description.signatures.items():
        message.signature_def[name].CopyFrom(definition)
    return message
