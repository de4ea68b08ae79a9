"""The REST API as an OpenAPI 3.1 document, with the inputs and outputs of a model's signatures.

Its schemas say what JSON Schema can: they let through, say, a whole number that a float32 cannot hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from serving.server.json_schemas import request_schema, response_schema
from serving.tensors.signature import CLASSIFY_METHOD, REGRESS_METHOD, Signature

Json: TypeAlias = dict[str, Any]

_CALLS = {"classify": CLASSIFY_METHOD, "regress": REGRESS_METHOD}
_NAMED = {
    "": ("", []),
    "/versions/{version}": ("OfVersion", ["version"]),
    "/labels/{label}": ("OfLabel", ["label"]),
}
_REFUSALS = {
    "400": "The request does not fit the model, or is malformed",
    "404": "This model, or this version of it, is not served",
    "413": "The body is too large",
    "500": "The model failed",
    "503": "The server is overloaded or stopping",
}
_ERROR: Json = {
    "type": "object",
    "properties": {"error": {"type": "string", "description": "One line"}},
    "required": ["error"],
}


def openapi(model_name: str, signatures: Mapping[str, Signature], key_header: str) -> Json:
    """Returns the document.

    Args:
      model_name: as the paths name it.
      signatures: of the version that serves, by name; empty while none does.
      key_header: by which the rollout under way knows a client; empty without one.
    """
    schemas: Json = {"Error": _ERROR}
    paths: Json = {}
    for part, (suffix, parameters) in _NAMED.items():
        path = f"/v1/models/{model_name}{part}"
        common = [_parameter(name) for name in parameters]
        for call in ("predict", *_CALLS):
            answering = [each for each in signatures.values() if _answers(each, call)]
            if answering:
                operation = _operation(f"{call}{suffix}", _model_call(call, answering, schemas))
                known_by = [] if part else _key_parameter(key_header)
                paths[f"{path}:{call}"] = {"parameters": common + known_by, "post": operation}
        paths[path] = {
            "parameters": common,
            "get": _operation(f"status{suffix}", _got("State of the versions")),
        }
        metadata = _operation(f"metadata{suffix}", _got("Signatures: inputs, outputs, defaults"))
        paths[f"{path}/metadata"] = {"parameters": common, "get": metadata}
    paths[f"/v1/models/{model_name}/rollout"] = {
        "get": _operation("rollout", _got("The rollout under way, as this server sees it"))
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Predictions of {model_name}", "version": "1"},
        "paths": {**paths, **_beside_the_models()},
        "components": {"schemas": schemas},
    }


def _beside_the_models() -> Json:
    """Returns the paths that monitoring asks (see side_routes); they take neither body nor parameters."""
    counts: Json = {"text/plain": {"schema": {"type": "string"}}}
    told = {"description": "Counts for Prometheus", "content": counts}
    return {
        "/healthz": {"get": _operation("health", _got("The process answers"))},
        "/livez": {"get": _operation("liveness", _got("The process answers"))},
        "/readyz": {"get": _operation("readiness", _got("A version serves"))},
        "/metrics": {"get": _operation("metrics", {"responses": {"200": told}})},
    }


def _key_parameter(header: str) -> list[Json]:
    if not header:
        return []
    text = "Names a client, which keeps its version while one is rolled out"
    return [{"name": header, "in": "header", "description": text, "schema": {"type": "string"}}]


def _answers(signature: Signature, call: str) -> bool:
    return call == "predict" or signature.method_name == _CALLS[call]


def _operation(name: str, parts: Json) -> Json:
    refusals = {
        status: {"description": text, "content": _content({"$ref": "#/components/schemas/Error"})}
        for status, text in _REFUSALS.items()
    }
    return {"operationId": name, **parts, "responses": {**parts["responses"], **refusals}}


def _got(text: str) -> Json:
    return {"responses": {"200": {"description": text, "content": _content({"type": "object"})}}}


def _model_call(call: str, signatures: Iterable[Signature], schemas: Json) -> Json:
    """Returns request and response of a call, and adds their schemas to the document's."""
    requests, responses = [], []
    for signature in signatures:
        name = re.sub(r"[^A-Za-z0-9._-]", "_", f"{call}.{signature.name}")
        schemas[f"{name}.request"] = request_schema(signature, call)
        schemas[f"{name}.response"] = response_schema(signature, call)
        requests.append({"$ref": f"#/components/schemas/{name}.request"})
        responses.append({"$ref": f"#/components/schemas/{name}.response"})
    return {
        "requestBody": {"required": True, "content": _content({"anyOf": requests})},
        "responses": {
            "200": {"description": "What the model answers", "content": _content({"anyOf": responses})}
        },
    }


def _content(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _parameter(name: str) -> Json:
    kind: Json = (
        {"type": "integer", "minimum": 0, "maximum": 2**63 - 1} if name == "version" else {"type": "string"}
    )
    return {"name": name, "in": "path", "required": True, "schema": kind}
