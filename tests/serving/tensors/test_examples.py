"""The examples of Classify and Regress, read from JSON and from messages, and what models answer."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis.input_pb2 import Input

from serving.errors import InvalidRequestError, PredictionFailedError
from serving.tensors.examples import (
    classifications,
    example_inputs,
    examples_of,
    examples_of_json,
    regressions,
)
from serving.tensors.signature import CLASSIFY_METHOD, REGRESS_METHOD, Signature
from tests.serving.tensors.sample_signatures import spec


def features(serialized: bytes) -> dict[str, Any]:
    found = tf.train.Example.FromString(serialized).features.feature
    return {
        name: list(getattr(each, each.WhichOneof("kind") or "", each.int64_list).value)
        for name, each in found.items()
    }


def test_a_json_example_has_features_of_the_three_kinds_and_those_of_the_context() -> None:
    first, second = examples_of_json(
        {
            "context": {"c": "all", "x": 7.5},
            "examples": [
                {"x": 1.5, "n": [1, True, -(2**63)], "s": ["ä", {"b64": "/wA"}], "none": []},
                {"n": 2},
            ],
        }
    )
    assert features(first) == {
        "c": [b"all"],
        "x": [1.5],
        "n": [1, 1, -(2**63)],
        "s": ["ä".encode(), b"\xff\x00"],
        "none": [],
    }
    assert features(second) == {"c": [b"all"], "x": [7.5], "n": [2]}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "key 'examples' is expected and was not found"),
        ({"examples": {}}, "'examples' value to be an list/array"),
        ({"examples": []}, "'examples' value is an empty array"),
        ({"examples": [1]}, "Example must be JSON object but got 1"),
        ({"examples": [{}], "context": []}, "Example must be JSON object but got []"),
        (
            {"examples": [{"x": [1, 1.5]}]},
            "Feature: x is [1, 1.5]; expected numbers, texts or bytes, in a list",
        ),
        ({"examples": [{"x": None}]}, "Feature: x is None"),
        ({"examples": [{"x": [[1]]}]}, "Feature: x is [[1]]"),
        ({"examples": [{"x": {"b64": "?"}}]}, "Feature: 'x': "),
        ({"examples": [{"x": "\ud800"}]}, "Feature: 'x': "),
        ({"examples": [{"\ud800": 1}]}, "surrogates not allowed"),
        ({"examples": [{"x": 2**63}]}, "Feature: x has a number that is no int64"),
        ({"examples": [{"x": 1e39}]}, "Feature: x has a number that is too large for float"),
    ],
)
def test_what_is_no_example_is_refused(body: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        examples_of_json(body)
    assert said in str(refused.value)


def test_the_examples_of_a_message_are_merged_with_its_context() -> None:
    message = Input()
    with pytest.raises(InvalidRequestError, match="Input is empty"):
        examples_of(message)
    message.example_list.examples.add().features.feature["x"].float_list.value.append(1)
    assert [features(each) for each in examples_of(message)] == [{"x": [1]}]
    with_context = message.example_list_with_context
    with_context.context.features.feature["c"].int64_list.value.append(3)
    with pytest.raises(InvalidRequestError, match="Input is empty"):
        examples_of(message)
    with_context.examples.add().features.feature["x"].float_list.value.append(2)
    assert [features(each) for each in examples_of(message)] == [{"x": [2], "c": [3]}]


def test_a_signature_is_for_one_kind_of_call_and_one_input() -> None:
    text = spec("DT_STRING")
    good = Signature("s", {"inputs": text}, {}, method_name=CLASSIFY_METHOD)
    assert example_inputs(good, CLASSIFY_METHOD, [b"a"])["inputs"].tolist() == [b"a"]
    with pytest.raises(
        InvalidRequestError, match=r"Expected regression signature .*/regress. Was: .*/classify"
    ):
        example_inputs(good, REGRESS_METHOD, [b"a"])
    other = Signature("s", {"examples": text}, {}, method_name=CLASSIFY_METHOD)
    with pytest.raises(InvalidRequestError, match="Expected one input Tensor, 'inputs'; found: examples"):
        example_inputs(other, CLASSIFY_METHOD, [b"a"])


LABELS = np.array([[b"a", b"b"]], object)


def test_classes_or_scores_may_be_left_out() -> None:
    scores = np.float32([[0.25, 0.5]])
    assert classifications({"classes": LABELS, "scores": scores}, 1) == [[("a", 0.25), ("b", 0.5)]]
    assert classifications({"classes": LABELS}, 1) == [[("a", 0), ("b", 0)]]
    assert classifications({"scores": scores}, 1) == [[("", 0.25), ("", 0.5)]]


@pytest.mark.parametrize(
    "outputs",
    [
        {},
        {"classes": LABELS[0]},
        {"classes": LABELS, "scores": np.zeros((1, 1))},
        {"classes": np.zeros((1, 2))},
        {"classes": np.array([[b"\xff", b""]], object)},
        {"scores": np.zeros((2, 1))},
    ],
)
def test_other_answers_are_the_models_fault(outputs: dict[str, np.ndarray]) -> None:
    with pytest.raises(PredictionFailedError):
        classifications(outputs, 1)


def test_a_regression_is_one_number_for_each_example() -> None:
    assert regressions({"outputs": np.float32([1, 2])}, 2) == [1, 2]
    assert regressions({"outputs": np.float32([[1], [2]])}, 2) == [1, 2]
    for bad in (
        {},
        {"outputs": np.float32([1])},
        {"outputs": np.zeros((2, 2))},
        {"outputs": np.array([1, 2])},
    ):
        with pytest.raises(
            PredictionFailedError, match=r"expected outputs of shape \[2\] or \[2, 1\] but got"
        ):
            regressions(bad, 2)
