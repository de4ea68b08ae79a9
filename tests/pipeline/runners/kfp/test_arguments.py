"""Arguments of TFX's entry point are found by name, and Beam's options after them replaced."""

import pytest

from pipeline.runners.kfp.arguments import EXECUTOR_CLASS, INPUTS_SPEC, value_of, with_beam_options

OF_TFX = [EXECUTOR_CLASS, "a.B", "--json_serialized_invocation_args", "{{$}}", INPUTS_SPEC, "{}"]


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ({"args": OF_TFX}, "{}"),
        ({"args": [INPUTS_SPEC]}, ""),
        ({"args": ["--other"]}, None),
        ({}, None),
    ],
)
def test_the_value_of_an_argument_is_what_follows_it(container: dict, expected: str | None):
    assert value_of(container, INPUTS_SPEC) == expected


def test_a_step_with_beam_gets_other_options():
    arguments = [*OF_TFX, "--runner=DataflowRunner", "--region=here"]
    assert with_beam_options(arguments, ["--runner=DirectRunner"]) == [*OF_TFX, "--runner=DirectRunner"]
    assert with_beam_options(arguments, []) == OF_TFX


def test_a_step_without_beam_stays_as_it_is():
    assert with_beam_options(OF_TFX, ["--runner=DirectRunner"]) == OF_TFX
