"""What a model that was just loaded is asked, and which answers are a fault."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
import tensorflow as tf

from serving.models.probe import fault
from serving.tensors.signature import Signature
from tests.serving.tensors.sample_signatures import spec

INPUTS = {"x": spec("DT_FLOAT"), "day": spec("DT_STRING"), "at": spec("DT_STRING"), "gusts": spec("DT_FLOAT")}
SIGNATURE = Signature(
    "serving_default", INPUTS, {"y": spec("DT_FLOAT")}, {"gusts": np.array([np.nan], np.float32)}
)
ZEROS = "answers NaN or infinity as 'y'; it was asked with one row of zeros"
BOTH = f"{ZEROS}, then with one row of ones"
Row = Mapping[str, np.ndarray]


def found(zeros: tuple[float, ...], ones: tuple[float, ...]) -> str:
    """Returns the fault of a model that answers so."""
    return fault(SIGNATURE, lambda row: {"y": np.float32(ones if row["x"][0] else zeros)})


@pytest.mark.parametrize("bad", [(np.nan,), (np.inf,), (-np.inf, np.inf), (np.nan, 0.5)])
def test_an_output_without_numbers_is_a_fault_if_it_is_so_for_zeros_and_ones(bad: tuple[float, ...]) -> None:
    assert found(bad, bad) == BOTH
    assert found(bad, (0.5,)) == ""  # as of a model that divides by a column


def test_an_infinity_among_numbers_is_no_fault() -> None:
    assert found((-np.inf, 0.5), (np.nan,)) == ""


def test_outputs_of_other_types_and_empty_ones_are_no_fault() -> None:
    outputs = {"name": np.array([b"a"], object), "count": np.array([3]), "none": np.zeros(0, np.float32)}
    assert fault(Signature("s", {}, dict.fromkeys(outputs, spec("DT_FLOAT"))), lambda _: outputs) == ""


def refusing(refusal: Callable[[Row], str], asked: list[Row]) -> Callable[[Row], Row]:
    """Returns a model that answers NaN to what it does not refuse."""

    def ask(row: Row) -> Row:
        asked.append(dict(row))
        if text := refusal(row):
            raise tf.errors.InvalidArgumentError(None, None, text)
        return {"y": np.float32([np.nan])}

    return ask


def test_texts_are_what_the_model_takes() -> None:
    """A day and a time, say: the model names the input whose text it refuses."""
    wanted = {"day": b"2000-01-01", "at": b"2000-01-01 00:00:00"}
    asked: list[Row] = []

    def refusal(row: Row) -> str:
        return next((f"column '{name}' is bad" for name, text in wanted.items() if row[name] != text), "")

    assert fault(SIGNATURE, refusing(refusal, asked)) == BOTH
    assert "gusts" not in asked[0]  # its default stands in
    assert {name: value.tolist() for name, value in asked[-1].items()} == {
        "x": [1],
        "day": [wanted["day"]],
        "at": [wanted["at"]],
        "gusts": [1],
    }


def test_a_model_that_refuses_every_row_may_be_good() -> None:
    assert fault(SIGNATURE, refusing(lambda _: "column 'day' is bad", [])) == ""
    assert fault(SIGNATURE, refusing(lambda _: "no example", [])) == ""
    assert fault(SIGNATURE, refusing(lambda row: "too large" if row["x"][0] else "", [])) == ZEROS


def test_a_model_that_fails_is_told_of() -> None:
    def fails(_: Row) -> Row:
        raise tf.errors.NotFoundError(None, None, "no variable")

    with pytest.raises(tf.errors.NotFoundError):
        fault(SIGNATURE, fails)
