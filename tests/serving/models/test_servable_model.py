"""ServableModel: loads as TensorFlow Serving does, fills defaults, refuses what does not fit."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from serving.errors import (
    InvalidRequestError,
    ModelLoadError,
    NotLoadableNowError,
    PredictionFailedError,
    UnknownSignatureError,
)
from serving.models.model import ServableModel
from tests.serving.no_more_files import no_more_files
from tests.serving.servable_samples import COLUMNS, expected_score, write_garbage, write_keras, write_scorer

ROW = {"distance": np.array([3.0], np.float32), "hour": np.array([7], np.int64)}


@pytest.fixture(scope="module")
def model(model_base: Path) -> Iterator[ServableModel]:
    loaded = ServableModel(model_base / "1")
    yield loaded
    loaded.close()


def test_the_signature_tells_types_shapes_and_defaults(model: ServableModel) -> None:
    signature = model.signature()
    assert signature.inputs.keys() == COLUMNS.keys()
    assert signature.required == ["distance", "hour"]
    assert str(signature.inputs["hour"]) == "int64 [?]"
    assert str(model.signature("several").inputs["vectors"]) == "float [?, 2]"
    assert np.isnan(signature.defaults["gusts"]).tolist() == [True]
    assert signature.defaults["carrier"].tolist() == [b""]
    assert signature.defaults["seats"].tolist() == [-1]


def test_variables_and_tables_are_initialised(model: ServableModel) -> None:
    inputs = {**ROW, "carrier": np.array([b"DL"], object)}
    assert model.predict(inputs)["probability"].tolist() == [expected_score(3.0, 7, "DL")]


def test_a_left_out_input_gets_its_default_for_every_row_of_the_batch(model: ServableModel) -> None:
    inputs = {"distance": np.array([1, 2, 3], np.float32), "hour": np.array([4, 5, 6])}
    expected = [expected_score(d, h) for d, h in [(1, 4), (2, 5), (3, 6)]]
    assert model.predict(inputs)["probability"].tolist() == expected


def test_serialized_examples_give_the_same_scores_as_columns(model: ServableModel) -> None:
    example = tf.train.Example()
    example.features.feature["distance"].float_list.value.append(3.0)
    example.features.feature["hour"].int64_list.value.append(7)
    serialized = {"examples": np.array([example.SerializeToString()], object)}
    assert model.predict(serialized, "tf_examples")["probability"].tolist() == [expected_score(3.0, 7)]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, r"missing input\(s\) distance, hour; .*optional: carrier, gusts, seats"),
        ({**ROW, "wings": ROW["hour"]}, r"unknown input\(s\) wings"),
        ({**ROW, "hour": ROW["distance"]}, "'hour' has type float32, expected: int64"),
        ({**ROW, "hour": np.zeros((1, 3), np.int64)}, r"'hour' has shape \[1, 3\], expected: int64 \[\?\]"),
    ],
)
def test_inputs_that_do_not_fit_are_named(model: ServableModel, inputs: dict, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        model.predict(inputs)


@pytest.mark.parametrize("sent", [b"no example", b"\xff\xff"], ids=["text", "bytes that are no text"])
def test_what_the_graph_refuses_is_the_callers_error_in_one_line(model: ServableModel, sent: bytes) -> None:
    with pytest.raises(InvalidRequestError, match="Could not parse example") as refused:
        model.predict({"examples": np.array([sent], object)}, "tf_examples")
    assert "\n" not in str(refused.value)


def test_columns_of_unequal_length_are_refused(model: ServableModel) -> None:
    """One value is not spread over all rows, as a default is."""
    for short in ({"seats": np.array([3])}, {"hour": np.array([1, 2])}):
        inputs = {"distance": np.array([1, 2, 3], np.float32), "hour": np.array([4, 5, 6]), **short}
        with pytest.raises(
            InvalidRequestError,
            match=rf"input '{next(iter(short))}' has \d values, and others have 3: each row needs one",
        ):
            model.predict(inputs)
    names = np.array([b"a", b"b"], object)
    with pytest.raises(InvalidRequestError, match="input 'vectors' has 1 values, and others have 2: each"):
        model.predict({"names": names, "vectors": np.ones((1, 2), np.float32)}, "several")
    none = {"distance": np.array([], np.float32), "seats": np.array([], np.int64)}
    with pytest.raises(InvalidRequestError, match="input 'hour' has 1 values, and others have 0: each row"):
        model.predict({**ROW, **none})


def test_inputs_that_hold_no_rows_may_have_any_length(tmp_path: Path) -> None:
    """A scalar, a list of fixed length, and lists that a signature without rows sums up."""

    def tensor(name: str, *shape: int | None) -> tf.TensorSpec:
        return tf.TensorSpec(shape, tf.float32, name=name)

    module = tf.Module()
    module.scaled = tf.function(
        lambda x, factor, ends: {"y": x * factor + ends[0]},
        input_signature=[tensor("x", None), tensor("factor"), tensor("ends", 2)],
    )
    module.total = tf.function(
        lambda left, right: {"total": tf.reduce_sum(left) + tf.reduce_sum(right)},
        input_signature=[tensor("left", None), tensor("right", None)],
    )
    signatures = {"serving_default": module.scaled, "total": module.total}
    tf.saved_model.save(module, str(tmp_path / "1"), signatures=signatures)
    model = ServableModel(tmp_path / "1")
    three, two = np.ones(3, np.float32), np.ones(2, np.float32)
    inputs = {"x": three, "factor": np.array(1, np.float32), "ends": two}
    assert model.predict(inputs)["y"].tolist() == [2, 2, 2]
    assert model.predict({"left": three, "right": two}, "total")["total"] == 5
    model.close()


def test_an_unknown_signature_is_refused_with_the_known_ones(model: ServableModel) -> None:
    with pytest.raises(UnknownSignatureError, match="several, slow, tf_examples, total"):
        model.predict(ROW, "serving_defualt")


def test_calls_from_many_threads_each_get_their_own_answer(model: ServableModel) -> None:
    wrong: list[float] = []

    def call(distance: float) -> None:
        inputs = {"distance": np.array([distance], np.float32), "hour": ROW["hour"]}
        for _ in range(200):
            answer = model.predict(inputs)["probability"].tolist()
            if answer != [expected_score(distance, 7)]:
                wrong.append(answer[0])

    threads = [threading.Thread(target=call, args=[float(n)]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_keras_model_saved_by_tf_saved_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match=r"cannot query .* 'serving_default' .*find variable"):
        ServableModel(write_keras(tmp_path / "1"))


def test_what_is_no_saved_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match=r"cannot load the model in .*/1: ") as refused:
        ServableModel(write_garbage(tmp_path / "1"))
    assert not isinstance(refused.value, NotLoadableNowError)
    with pytest.raises(ModelLoadError, match=r"cannot load the model in .*/2: "):
        ServableModel(tmp_path / "2")


def test_a_good_model_that_cannot_be_read_now_may_be_loaded_later(model_base: Path) -> None:
    with no_more_files(), pytest.raises(NotLoadableNowError, match="cannot load the model in"):
        ServableModel(model_base / "1")
    ServableModel(model_base / "1").close()


def test_a_model_without_its_variables_is_refused(model_base: Path, tmp_path: Path) -> None:
    pb = tmp_path / "1" / "saved_model.pb"
    pb.parent.mkdir()
    pb.write_bytes((model_base / "1" / "saved_model.pb").read_bytes())
    with pytest.raises(ModelLoadError, match="cannot load"):
        ServableModel(pb.parent)


def test_a_model_that_answers_with_nan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError) as refused:
        ServableModel(write_scorer(tmp_path / "1", weight=float("nan")))
    assert str(refused.value) == (
        f"signature 'serving_default' of the model in {tmp_path}/1 answers NaN or infinity as 'probability'; "
        "it was asked with one row of zeros, then with one row of ones"
    )


def test_a_request_runs_no_nodes_for_the_calls_of_functions(model: ServableModel) -> None:
    signature, run = model.signature(), tf.compat.v1.RunMetadata()
    feeds = zip(signature.inputs.values(), model._feeds(signature, ROW), strict=True)
    model._session.run(
        [spec.tensor_name for spec in signature.outputs.values()],
        {spec.tensor_name: value for spec, value in feeds},
        options=tf.compat.v1.RunOptions(output_partition_graphs=True),
        run_metadata=run,
    )
    ops = {node.op for graph in run.partition_graphs for node in graph.node}
    assert "LookupTableFindV2" in ops
    assert ops.isdisjoint({"PartitionedCall", "StatefulPartitionedCall", "NoOp"})  # a call leaves a NoOp


def test_a_closed_model_answers_no_more(model_base: Path) -> None:
    model = ServableModel(model_base / "1")
    model.close()
    with pytest.raises(PredictionFailedError, match="closed"):
        model.predict(ROW)
