"""The contract of a model: what a client sends and gets, read from the exported graph without loading it."""

import json
from pathlib import Path

import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from components.release.contract import contract_of
from serving.errors import ModelLoadError

TWO = tf.constant([2], tf.int64)


class Doubling(tf.Module):
    """Answers twice the input."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def double(self, x):
        """Returns 2x [batch]."""
        return {"y": 2 * x}

    @tf.function(
        input_signature=[
            tf.TensorSpec([None], tf.float32, name="x"),
            tf.TensorSpec([None], tf.int64, name="n"),
        ]
    )
    def times(self, x, n=TWO):
        """Returns n x [batch]."""
        return {"y": tf.cast(n, tf.float32) * x}


def saved(folder: Path, **signatures: str) -> str:
    module = Doubling()
    functions = {name: getattr(module, function) for name, function in signatures.items()}
    tf.saved_model.save(module, str(folder), signatures=functions)
    return str(folder)


def test_names_types_and_shapes_are_the_contract(tmp_path: Path):
    found = json.loads(contract_of(saved(tmp_path, serving_default="double")))
    assert found == {"inputs": {"x": "float [?]"}, "outputs": {"y": "float [?]"}}


def test_an_input_with_a_default_may_be_left_out_and_says_so(tmp_path: Path):
    found = json.loads(contract_of(saved(tmp_path, serving_default="times")))
    assert found["inputs"] == {"x": "float [?]", "n": "int64 [?], optional"}


def test_two_exports_of_one_function_have_one_contract(tmp_path: Path):
    texts = {contract_of(saved(tmp_path / each, serving_default="double")) for each in ("a", "b")}
    assert len(texts) == 1


def test_a_model_without_the_signature_of_columns_has_none(tmp_path: Path):
    with pytest.raises(ValueError, match="has no signature serving_default"):
        contract_of(saved(tmp_path, other="double"))


def test_a_sparse_input_is_refused(tmp_path: Path):
    folder = Path(saved(tmp_path, serving_default="double"))
    whole = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    info = whole.meta_graphs[0].signature_def["serving_default"].inputs["x"]
    info.coo_sparse.values_tensor_name = "v"
    (folder / "saved_model.pb").write_bytes(whole.SerializeToString())
    with pytest.raises(ModelLoadError, match="not a dense tensor"):
        contract_of(str(folder))
