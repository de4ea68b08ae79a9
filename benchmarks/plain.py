"""The plain script: the same data and model without TFX, as a good engineer would write it in a day.

Command:  python -m benchmarks.plain --data data/flights --days 365 --eval-days 73 --epochs 1 --root FOLDER
Takes:    under a minute for the year on two cores
Result:   FOLDER/models/<number>/; FOLDER/result.json: when each stage began and ended, the metrics by slice

pandas reads and makes features, Keras trains, scikit-learn judges. Rows, columns, model, epochs and the way
the number of epochs is chosen are the project's. What it does without: validation, statistics, a kept record,
the comparison with the model in production, a server that proves the model, features inside the model.
"""

from __future__ import annotations

import time

STARTED = time.time()

import argparse  # noqa: E402 - the clock starts before the imports
import contextlib  # noqa: E402
import json  # noqa: E402
import math  # noqa: E402
import shutil  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402

import keras  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import tensorflow as tf  # noqa: E402
from sklearn import metrics  # noqa: E402

from benchmarks import plain_features  # noqa: E402
from benchmarks.plain_features import Features  # noqa: E402
from tests.trainer.default_hyperparameters import default_hyperparameters  # noqa: E402
from trainer import features  # noqa: E402
from trainer.hyperparameters import Hyperparameters  # noqa: E402

SLICES = ("origin", "carrier")
PREDICTION_BATCH = 8_192
TYPES = {"string": str, "float32": np.float32, "int64": np.float64}  # whole numbers may be missing


def read(data: Path, days: int, eval_days: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Returns the labelled rows of the last `days` days: those of train, and of the last `eval_days`."""
    types = {column.name: TYPES[column.dtype] for column in features.COLUMNS}
    paths = sorted(data.glob("*.csv"))[-days:]
    parts = []
    for chosen in (paths[:-eval_days], paths[-eval_days:]):
        frames = [pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""]) for path in chosen]
        rows = pd.concat(frames, ignore_index=True)
        parts.append(rows.dropna(subset=[features.LABEL]).reset_index(drop=True))
    return parts[0], parts[1]


def build_model(hyperparameters: Hyperparameters) -> keras.Model:
    """Returns the project's model: wide and deep over one embedding table."""
    layers = keras.layers
    numbers = keras.Input((plain_features.NUMBER_WIDTH,), name="numbers")
    categories = keras.Input((plain_features.CATEGORY_WIDTH,), dtype="int64", name="categories")
    rows = plain_features.EMBEDDING_ROWS
    wide = layers.Embedding(rows, 1, embeddings_initializer="zeros", name="wide")(categories)
    spread = keras.initializers.RandomNormal(stddev=0.05)
    deep = layers.Embedding(
        rows, hyperparameters.embedding_size, embeddings_initializer=spread, name="embedding"
    )(categories)
    whole_categories = (None, plain_features.CATEGORY_WIDTH, 1)
    deep = layers.Dropout(hyperparameters.category_dropout, noise_shape=whole_categories)(deep)
    deep = layers.Concatenate()([layers.Flatten()(deep), numbers])
    for units in hyperparameters.hidden_units:
        deep = layers.Dense(units, activation="relu")(deep)
        deep = layers.Dropout(hyperparameters.dropout)(deep)
    logit = layers.Dense(1, name="deep_logit")(deep) + keras.ops.sum(wide, axis=1)
    return keras.Model({"numbers": numbers, "categories": categories}, logit, name="wide_and_deep")


def compiled_model(label: np.ndarray, hyperparameters: Hyperparameters) -> keras.Model:
    """Returns the model with the project's optimizer and loss, set to predict the mean of `label`."""
    keras.utils.set_random_seed(hyperparameters.seed)
    model = build_model(hyperparameters)
    mean = float(label.mean())
    model.get_layer("deep_logit").bias.assign([math.log(mean / (1 - mean))])
    steps = hyperparameters.max_epochs * math.ceil(len(label) / hyperparameters.batch_size)
    learning_rate = keras.optimizers.schedules.CosineDecay(hyperparameters.learning_rate, steps)
    model.compile(
        optimizer=keras.optimizers.AdamW(learning_rate, weight_decay=hyperparameters.weight_decay),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.AUC(from_logits=True, name="auc")],
    )
    return model


def train(
    inputs: dict[str, np.ndarray], label: np.ndarray, date: np.ndarray, hyperparameters: Hyperparameters
) -> keras.Model:
    """Returns a model fitted on all of train, for a number of epochs chosen on its last days."""
    held_out = date >= np.unique(date)[-hyperparameters.validation_days]
    earlier, later = (
        ({name: values[chosen] for name, values in inputs.items()}, label[chosen])
        for chosen in (~held_out, held_out)
    )
    stop = keras.callbacks.EarlyStopping(patience=hyperparameters.patience_epochs)
    history = compiled_model(earlier[1], hyperparameters).fit(
        *earlier,
        batch_size=hyperparameters.batch_size,
        epochs=hyperparameters.max_epochs,
        validation_data=later,
        validation_batch_size=PREDICTION_BATCH,
        callbacks=[stop],
        verbose=2,
    )
    best = int(np.argmin(history.history["val_loss"])) + 1
    model = compiled_model(label, hyperparameters)
    model.fit(inputs, label, batch_size=hyperparameters.batch_size, epochs=best, verbose=2)
    return model


def evaluate(model: keras.Model, inputs: dict[str, np.ndarray], rows: pd.DataFrame) -> dict[str, dict]:
    """Returns the metrics of all rows and of each origin and carrier."""
    logit = model.predict(inputs, batch_size=PREDICTION_BATCH, verbose=0)[:, 0]
    probability = 1 / (1 + np.exp(-logit.astype(np.float64)))
    label = rows[features.LABEL].to_numpy()
    scores = {"overall": score(label, probability)}
    for column in SLICES:
        for value, positions in rows.groupby(column).indices.items():
            scores[f"{column}={value}"] = score(label[positions], probability[positions])
    return scores


def score(label: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    """Returns the metrics that the stock reference takes, of one set of rows."""
    scores = {
        "ExampleCount": float(len(label)),
        "BinaryCrossentropy": metrics.log_loss(label, probability, labels=[0, 1]),
        "BinaryAccuracy": float(((probability > 0.5) == (label > 0.5)).mean()),
    }
    if 0 < label.mean() < 1:
        scores["AUC"] = metrics.roc_auc_score(label, probability)
        scores["AUCPrecisionRecall"] = metrics.average_precision_score(label, probability)
    return scores


def push(model: keras.Model, fitted: Features, inputs: dict[str, np.ndarray], root: Path) -> Path:
    """Exports the model, sends the exported one a row, and copies it to the models folder."""
    exported = root / "export"
    model.export(exported, format="tf_saved_model", verbose=False)
    fitted.save(exported / "features.json")
    one = {name: values[:1] for name, values in inputs.items()}
    loaded = tf.saved_model.load(str(exported))  # has to outlive the call: it holds the variables
    np.testing.assert_allclose(loaded.serve(one), model.predict(one, verbose=0), rtol=1e-4, atol=1e-5)
    return shutil.copytree(exported, root / "models" / str(int(time.time())))


class Stages:
    """When each stage began and ended, in seconds since 1970."""

    def __init__(self) -> None:
        self.done: list[dict[str, object]] = [{"stage": "imports", "begin": STARTED, "end": time.time()}]

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times what is done inside and prints it."""
        begin = time.time()
        yield
        self.done.append({"stage": name, "begin": begin, "end": time.time()})
        print(f"{name:10s} {time.time() - begin:6.1f} s", flush=True)


def main() -> None:
    """Trains, judges and pushes a model; prints the seconds of each stage."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/flights"), help="folder of daily CSV files")
    parser.add_argument("--days", type=int, default=36)
    parser.add_argument("--eval-days", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=default_hyperparameters().max_epochs)
    parser.add_argument("--root", type=Path, required=True, help="a new folder for all that is written")
    arguments = parser.parse_args()
    arguments.root.mkdir(parents=True)
    hyperparameters, stages = default_hyperparameters(max_epochs=arguments.epochs), Stages()
    with stages.stage("read"):
        train_rows, eval_rows = read(arguments.data, arguments.days, arguments.eval_days)
    with stages.stage("features"):
        fitted = Features.fit(train_rows)
        train_inputs, eval_inputs = fitted.of(train_rows), fitted.of(eval_rows)
        label = train_rows[features.LABEL].to_numpy(np.float32)[:, np.newaxis]
    with stages.stage("train"):
        model = train(train_inputs, label, train_rows[features.DATE].to_numpy(str), hyperparameters)
    with stages.stage("evaluate"):
        scores = evaluate(model, eval_inputs, eval_rows)
    with stages.stage("export"):
        push(model, fitted, eval_inputs, arguments.root)
    result = {"stages": stages.done, "train_rows": len(train_rows), "metrics": scores}
    (arguments.root / "result.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"AUC {scores['overall']['AUC']:.4f} on {len(eval_rows):,} rows")


if __name__ == "__main__":
    main()
