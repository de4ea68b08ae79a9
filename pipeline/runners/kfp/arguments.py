"""The arguments of TFX's entry point in a compiled container, and the Beam options that may follow them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

EXECUTOR_CLASS = "--executor_class_path"
INVOCATION = "--json_serialized_invocation_args"
INPUTS_SPEC = "--json_serialized_inputs_spec_args"
TFX_ARGUMENTS = (EXECUTOR_CLASS, INVOCATION, INPUTS_SPEC)


def value_of(container: Mapping[str, Any], argument: str) -> str | None:
    """Returns the value that follows an argument of a container; None when the argument is not there."""
    arguments = container.get("args", [])
    if argument not in arguments:
        return None
    return "".join(arguments[arguments.index(argument) + 1 :][:1])


def with_beam_options(arguments: Sequence[str], options: Sequence[str]) -> list[str]:
    """Returns a step's arguments with other Beam options; those of a step without Beam stay as they are."""
    of_tfx = [
        argument
        for position, argument in enumerate(arguments)
        if argument in TFX_ARGUMENTS or (position and arguments[position - 1] in TFX_ARGUMENTS)
    ]
    uses_beam = len(of_tfx) < len(arguments)
    return [*of_tfx, *options] if uses_beam else of_tfx


def beam_arguments_of(container: Mapping[str, Any]) -> list[str]:
    """Returns the Beam options among the arguments of a container; none of one without TFX's entry point."""
    arguments = list(container.get("args", ()))
    if EXECUTOR_CLASS not in arguments:
        return []
    return [
        argument
        for position, argument in enumerate(arguments)
        if argument not in TFX_ARGUMENTS and not (position and arguments[position - 1] in TFX_ARGUMENTS)
    ]
