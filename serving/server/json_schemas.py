"""JSON Schemas (2020-12) of the bodies that a signature takes and answers with."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from serving.tensors.signature import DEFAULT_SIGNATURE, NUMPY_TYPES, Signature, TensorSpec

Json: TypeAlias = dict[str, Any]

_BASE64: Json = {
    "type": "object",
    "properties": {"b64": {"type": "string", "contentEncoding": "base64"}},
    "required": ["b64"],
    "additionalProperties": False,
}
_FEATURE: Json = {"anyOf": [{"type": ["boolean", "number", "string"]}, _BASE64]}
_EXAMPLE: Json = {
    "type": "object",
    "additionalProperties": {"anyOf": [_FEATURE, {"type": "array", "items": _FEATURE}]},
}


def request_schema(signature: Signature, call: str) -> Json:
    """Returns the schema of a body of `:predict`, `:classify` or `:regress` for a signature."""
    named: Json = {"signature_name": {"const": signature.name}}
    needed = [] if signature.name == DEFAULT_SIGNATURE else ["signature_name"]
    if call != "predict":
        named["examples"] = {"type": "array", "minItems": 1, "items": _EXAMPLE}
        named["context"] = _EXAMPLE
        return {"type": "object", "properties": named, "required": [*needed, "examples"]}
    columns = {**named, "inputs": _inputs(signature, 0)}
    if any(spec.shape == () for spec in signature.outputs.values()):  # no answer to each row
        return {"type": "object", "properties": columns, "required": [*needed, "inputs"]}
    rows = {"type": "array", "minItems": 1, "items": _inputs(signature, 1)}
    return {
        "type": "object",
        "properties": {**columns, "instances": rows},
        "required": needed,
        "oneOf": [{"required": ["instances"]}, {"required": ["inputs"]}],
    }


def response_schema(signature: Signature, call: str) -> Json:
    """Returns the schema of the answer."""
    if call != "predict":
        pair = {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}]}
        each = {"type": "array", "items": pair} if call == "classify" else {"type": "number"}
        return _object({"results": {"type": "array", "items": each}}, ["results"])
    rows, columns = (
        _alone_or_named({name: _value(spec, skipped) for name, spec in signature.outputs.items()})
        for skipped in (1, 0)
    )
    return {
        "type": "object",
        "oneOf": [
            _object({"predictions": {"type": "array", "items": rows}}, ["predictions"]),
            _object({"outputs": columns}, ["outputs"]),
        ],
    }


def _inputs(signature: Signature, skipped: int) -> Json:
    """Returns the schema of a row (one dimension skipped) or of all columns (none)."""
    properties = {
        name: _value(spec, skipped, nullable=name in signature.defaults)
        for name, spec in signature.inputs.items()
    }
    named = _object(properties, signature.required)
    return named if len(properties) != 1 else {"anyOf": [named, *properties.values()]}


def _alone_or_named(properties: Json) -> Json:
    return next(iter(properties.values())) if len(properties) == 1 else _object(properties, list(properties))


def _object(properties: Json, required: list[str]) -> Json:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _value(spec: TensorSpec, skipped: int, nullable: bool = False) -> Json:
    """Returns the schema of a value: lists as deep as the shape, without its first dimensions."""
    if spec.shape is None or spec.type_name not in NUMPY_TYPES:
        return {}
    schema = _plain(spec.dtype)
    if nullable:  # `null` stands for the default of a row
        schema = {"anyOf": [schema, {"type": "null"}]}
    for size in reversed(spec.shape[skipped:]):
        schema = {"type": "array", "items": schema}
        if size is not None:
            schema |= {"minItems": size, "maxItems": size}
    return schema


def _plain(dtype: np.dtype) -> Json:
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return {"type": "integer", "minimum": int(limits.min), "maximum": int(limits.max)}
    if dtype.kind == "O":
        return {"anyOf": [{"type": "string"}, _BASE64]}
    return {"type": "boolean"} if dtype.kind == "b" else {"type": "number"}
