"""Says in one line what is wrong with a configuration, where it stands, and what would be right."""

from __future__ import annotations

import re
import types
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from components.config_section import ContradictionError
from components.did_you_mean import did_you_mean
from components.shown import shown
from pipeline.config.confidential import is_confidential
from pipeline.config.config import Config
from trainer.yaml12 import Node

_NUMBER_TYPES = ("int_type", "float_type", "int_parsing", "float_parsing", "int_from_float")
_LEADING_ZERO = re.compile(r"^[-+]?0[0-9]+$")
_SEXAGESIMAL = re.compile(r"^[-+]?[0-9]+(:[0-5]?[0-9])+$")
_BOOLEAN_1_1 = re.compile(r"^(?:yes|no|on|off|y|n)$", re.IGNORECASE)
_NO_LONGER = {"model.version": "versions are computed (docs/operations.md); remove the line"}
_ITEMS = re.compile(r"^[^,\[\]]+(,[^,\[\]]+)+$")


def explain(error: ValidationError, whole: Node) -> str:
    """Returns one line on the first fault: file and line, key, what was given, what was expected.

    Args:
      error: pydantic's, with every fault.
      whole: what was checked.
    """
    faults = error.errors(include_url=False)
    # A mistyped key is unknown and, under its right name, missing: the former says more.
    fault = min(faults, key=lambda fault: fault["type"] != "extra_forbidden")
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{_origin(fault, whole)}: {_sentence(fault)}{more}"


def _origin(fault: ErrorDetails, whole: Node) -> str:
    """Returns where the faulty values stand; each of them where values contradict each other."""
    raised = fault.get("ctx", {}).get("error")
    section = whole.find(_keys(fault["loc"]))
    if not isinstance(raised, ContradictionError):
        return section.origin
    origins = [section.find(tuple(key.split("."))).origin for key in raised.keys]
    return ", ".join(dict.fromkeys(origins))


def _sentence(fault: ErrorDetails) -> str:
    path = ".".join(str(part) for part in _keys(fault["loc"]))
    where = path or "configuration"
    if fault["type"] == "extra_forbidden" and where in _NO_LONGER:
        return f"{where} is no longer a key: {_NO_LONGER[where]}"
    if fault["type"] == "extra_forbidden":
        siblings = _keys_beside(fault["loc"])
        hint = did_you_mean(str(fault["loc"][-1]), siblings)
        if is_confidential(fault["loc"]):
            section = ".".join(str(part) for part in fault["loc"][:-1])
            return f"unknown key in {section}{hint}; known here: {', '.join(siblings)}"
        return f"unknown key {shown(where)}{hint}; known here: {', '.join(siblings)}"
    if fault["type"] == "missing":
        return f"key {where!r} is missing; add it"
    if fault["type"] == "value_error":
        return f"{path}: {fault['ctx']['error']}" if path else str(fault["ctx"]["error"])
    if is_confidential(fault["loc"]):
        return f"{where}: {fault['msg']}{_hint_of_choice(fault)}"
    return f"{where}: got {shown(fault['input'])}: {fault['msg']}{_hint_of_choice(fault) or _hint(fault)}"


def _hint_of_choice(fault: ErrorDetails) -> str:
    """Returns the one of the possible values that was probably meant."""
    if fault["type"] != "literal_error" or not isinstance(fault["input"], str):
        return ""
    return did_you_mean(fault["input"], re.findall(r"'([^']*)'", fault["ctx"]["expected"]))


def _hint(fault: ErrorDetails) -> str:
    """Returns what a value that is a text in YAML 1.2 was probably meant to be."""
    kind, value = fault["type"], fault["input"]
    if kind == "string_type" and isinstance(value, (int, float)):
        return "; quote it"
    if not isinstance(value, str):
        return ""
    if kind == "tuple_type" and _ITEMS.match(value):
        return f"; a list is written [{', '.join(part.strip() for part in value.split(','))}]"
    if kind == "bool_type" and _BOOLEAN_1_1.match(value):
        return "; write true or false"
    if kind in _NUMBER_TYPES and _LEADING_ZERO.match(value):
        return f"; write {int(value)}, or 0o{value.lstrip('+-0') or '0'} for an octal number"
    if kind in _NUMBER_TYPES and _SEXAGESIMAL.match(value):
        return "; write one number, in the unit of the key"
    return ""


def _keys(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Returns the part of a location that consists of keys: pydantic adds the types of a union to it."""
    annotation: Any = Config
    keys: list[int | str] = []
    for part in location:
        annotation = _inside(annotation, part)
        if annotation is None:
            break
        keys.append(part)
    return tuple(keys)


def _inside(annotation: Any, part: int | str) -> Any | None:
    """Returns the annotation of a member; None where there cannot be one."""
    section = _section_type(annotation)
    if section is not None:
        field = section.model_fields.get(str(part))
        return object if field is None else field.annotation
    for each in _alternatives(annotation):
        members = [member for member in get_args(each) if member is not Ellipsis]
        if members and (isinstance(part, int) or len(members) > 1):
            return members[-1]
    return None


def _keys_beside(location: tuple[int | str, ...]) -> list[str]:
    """Returns the names that would have been known where an unknown key stood."""
    annotation: Any = Config
    for part in location[:-1]:
        annotation = _inside(annotation, part)
    section = _section_type(annotation)
    assert section is not None, location
    return [*section.model_fields]


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    """Returns the types of a union, or the only one, without what Annotated adds."""
    if hasattr(annotation, "__metadata__"):
        return _alternatives(annotation.__origin__)
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(each for one in get_args(annotation) for each in _alternatives(one))
    return (annotation,)


def _section_type(annotation: Any) -> type[BaseModel] | None:
    """Returns the section of an annotation such as `CloudConfig | None`."""
    for each in _alternatives(annotation):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each
    return None
