"""Conditions mean here what they mean in CEL, and what is not understood is refused."""

import pytest

from pipeline.runners.kfp.conditions import ConditionError, holds, read_keys

INPUTS = {"_Gate.verdict": [{"uri": "gs://b/x", "metadata": {"blessed": 1.0, "reason": "a && b"}}]}
BLESSED = "inputs.artifacts['_Gate.verdict'].artifacts[0].metadata['blessed']"
REASON = "inputs.artifacts['_Gate.verdict'].artifacts[0].metadata['reason']"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f"({BLESSED} == 1.0)", True),
        (f"({BLESSED} == 0.0)", False),
        (f"!({BLESSED} == 1.0)", False),
        (f"({BLESSED} == 1.0) && ({BLESSED} < 2.0)", True),
        (f"(({BLESSED} == 0.0) || ({BLESSED} > 0.0))", True),
        (f"({REASON} == 'a && b')", True),
        ("(inputs.artifacts['_Gate.verdict'].artifacts[0].uri == 'gs://b/x')", True),
        (f"({BLESSED} != 2.0)", True),
        ("inputs.parameters['go'] == 'yes'", True),
    ],
)
def test_a_condition_holds_or_not(condition: str, expected: bool):
    assert holds(condition, INPUTS, {"go": "yes"}) is expected


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("inputs.artifacts['_Other.x'].artifacts[0].uri == ''", "which is not there"),
        (BLESSED.replace("[0]", "[1]") + " == 1.0", "which is not there"),
        (BLESSED.replace("blessed", "blest") + " == 1.0", "which is not there"),
        (f"{BLESSED} == 'yes'", "compares 1.0 with 'yes'"),
        (BLESSED, "neither true nor false"),
        ("size(inputs.artifacts) == 1", "not understood"),
        ("(((", "not understood"),
    ],
)
def test_a_condition_that_cannot_be_decided_is_an_error_and_not_false(condition: str, message: str):
    with pytest.raises(ConditionError, match=message):
        holds(condition, INPUTS, {})


def test_the_keys_that_a_condition_reads_are_known():
    assert read_keys(f"({BLESSED} == 1.0) && inputs.artifacts['b'].artifacts[0].uri == ''") == {
        "_Gate.verdict",
        "b",
    }
