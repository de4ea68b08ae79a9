"""The plain script does the same work: the same model on the same sorts of features."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from benchmarks import plain, plain_features
from sample.flights import write_days
from tests.trainer import in_memory
from tests.trainer.default_hyperparameters import default_hyperparameters
from tests.trainer.random_inputs import BINARY
from trainer import features, model, preprocessing
from trainer.training.fit import Fitter
from trainer.training.rows import Rows


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flights")
    write_days(folder, datetime.date(2013, 2, 1), datetime.date(2013, 2, 12))
    return folder


def test_its_model_is_the_shipped_one():
    hyperparameters = default_hyperparameters()
    mine, shipped = plain.build_model(hyperparameters), model.build_model(hyperparameters, units=1)
    assert mine.count_params() == shipped.count_params()
    assert [_described(layer) for layer in mine.layers] == [_described(layer) for layer in shipped.layers]


def _described(layer) -> tuple:
    config = {key: value for key, value in layer.get_config().items() if key != "name"}
    return type(layer).__name__, config, [tuple(weight.shape) for weight in layer.weights]


def test_its_model_is_compiled_as_the_shipped_one():
    hyperparameters, label = (
        default_hyperparameters(max_epochs=2),
        np.repeat(np.float32([[1], [0], [0]]), 500, axis=0),
    )
    mine = plain.compiled_model(label, hyperparameters)
    fitter = Fitter(BINARY, hyperparameters)
    fitter.reset(Rows({}, label, np.zeros(len(label), int)))
    shipped = fitter.model
    ours, theirs = mine.optimizer.get_config(), shipped.optimizer.get_config()
    schedules = (ours.pop("learning_rate")["config"], theirs.pop("learning_rate")["config"])
    assert schedules[0] == schedules[1]
    assert ours | {"name": ""} == theirs | {"name": ""}  # Keras numbers them
    assert mine.loss.get_config() == shipped.loss.get_config()
    biases = (mine.get_layer("deep_logit"), shipped.get_layer(model.LAST_LAYER))
    np.testing.assert_allclose(*(layer.bias.numpy() for layer in biases), rtol=1e-6)


def test_rows_without_a_label_are_left_out_and_the_last_days_are_for_evaluation(days: Path):
    train_rows, eval_rows = plain.read(days, days=10, eval_days=2)
    assert sorted(train_rows[features.DATE].unique()) == [f"2013-02-{day:02d}" for day in range(3, 11)]
    assert sorted(eval_rows[features.DATE].unique()) == ["2013-02-11", "2013-02-12"]
    raw = pd.concat(pd.read_csv(days / f"2013-02-{day}.csv") for day in (11, 12))
    assert len(eval_rows) == raw["late"].notna().sum() < len(raw)


@pytest.mark.slow
def test_its_features_are_those_of_the_pipeline(days: Path, tmp_path: Path):
    """Equal numbers; rows share an embedding row or not, wherever it is; buckets but for their edges."""
    train_rows, eval_rows = plain.read(days, days=12, eval_days=2)
    transform = in_memory.analyze(_table(train_rows), str(tmp_path))
    theirs = in_memory.transform(_table(eval_rows), transform)
    mine = plain_features.Features.fit(train_rows).of(eval_rows)
    as_float32 = 1e-3  # as theirs are analysed
    np.testing.assert_allclose(mine["numbers"], theirs["numbers"], atol=as_float32)
    buckets = len(preprocessing.NUMBER_COLUMNS)
    same = mine["categories"][:, :buckets] == theirs["categories"][:, :buckets]
    assert same.mean() > 0.95
    for column in range(buckets, preprocessing.CATEGORIES):
        pairs = np.unique(np.stack([mine["categories"][:, column], theirs["categories"][:, column]]), axis=1)
        assert pairs.shape[1] == len(np.unique(pairs[0])) == len(np.unique(pairs[1])), column


def _table(rows: pd.DataFrame) -> pa.Table:
    types = {"string": pa.string(), "int64": pa.int64(), "float32": pa.float32()}
    schema = pa.schema([(column.name, types[column.dtype]) for column in features.COLUMNS])
    return pa.Table.from_pandas(rows, schema=schema, preserve_index=False, safe=False)


def test_it_pushes_a_model_that_answers_and_says_how_good_it_is(
    days: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    root = tmp_path / "root"
    words = f"plain --data {days} --days 12 --eval-days 2 --epochs 1 --root {root}"
    monkeypatch.setattr("sys.argv", words.split())
    plain.main()
    assert len(list(root.glob("models/*/saved_model.pb"))) == 1
    result = plain.json.loads((root / "result.json").read_text())
    assert [stage["stage"] for stage in result["stages"]] == [
        "imports", "read", "features", "train", "evaluate", "export",
    ]  # fmt: skip
    assert result["metrics"]["overall"]["AUC"] > 0.5
    assert (
        sum(found["ExampleCount"] for name, found in result["metrics"].items() if name.startswith("origin="))
        == (result["metrics"]["overall"]["ExampleCount"])
    )
