"""A label of another task is transformed, trained on, exported and served: from column to answer."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from trainer.task import Task

pytestmark = pytest.mark.slow

TABLE = """
columns:
  - {{name: day, dtype: string, kind: date, role: date}}
  - {{name: shop, dtype: string, kind: category}}
  - {{name: size, dtype: float32, kind: number, required: false}}
  - {{name: bought, dtype: string, kind: timestamp, required: false}}
  - {{name: said, dtype: string, kind: text, required: false}}
  - {{name: y, {label}, role: label}}
"""
CLASSES = ("low", "high", "middle")  # not in the order of the alphabet, nor of frequency


def served(label: str, folder: Path) -> dict:
    """Returns what serve_task.py says of a table with this label."""
    table = folder / "columns.yaml"
    table.write_text(TABLE.format(label=label))
    command = [sys.executable, "-m", "tests.trainer.serve_task", str(folder)]
    environment = {**os.environ, "EVERGREEN_COLUMNS": str(table)}
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_of_several_classes_each_row_gets_probabilities_by_the_order_of_the_columns_file(tmp_path: Path):
    said = served(f"dtype: string, kind: category, values: [{', '.join(CLASSES)}]", tmp_path)
    assert [CLASSES[int(each)] for each in said["ids"]] == said["labels"]
    by_columns, by_examples = said["columns"], said["examples"]
    assert set(by_columns) == set(by_examples) == {"probabilities", "classes", "prediction"}
    probabilities, logits = np.array(by_columns["probabilities"]), np.array(said["logits"])
    assert probabilities.shape == (40, 3)
    odds = np.exp(logits)
    np.testing.assert_allclose(probabilities, odds / odds.sum(axis=1, keepdims=True), atol=1e-6)
    np.testing.assert_allclose(by_examples["probabilities"], probabilities, rtol=0, atol=1e-6)
    assert by_columns["classes"] == [list(CLASSES)] * 40
    assert by_columns["prediction"] == [CLASSES[each] for each in probabilities.argmax(axis=1)]
    assert said["validation_loss"] < 0.95 * np.log(3)
    assert said["first_loss"] < 1.02 * np.log(3)  # it starts from the classes' shares
    right = np.mean(
        [one == other for one, other in zip(by_columns["prediction"], said["labels"], strict=True)]
    )
    assert right > 0.5
    assert json.loads(said["task"]) == json.loads(Task("multiclass", CLASSES).as_json())


def test_a_number_is_predicted_in_its_own_unit(tmp_path: Path):
    """Labels lie from 1,000 to 1,300; the loss counts deviations, the answers the unit."""
    said = served("dtype: float32, kind: number", tmp_path)
    predictions, labels = np.array(said["columns"]["prediction"]), np.array(said["labels"])
    assert set(said["columns"]) == set(said["examples"]) == {"prediction"}
    assert predictions.shape == (40,)
    np.testing.assert_allclose(said["examples"]["prediction"], predictions, rtol=1e-6)
    assert abs(predictions.mean() - labels.mean()) < 60
    assert np.std(labels - predictions) < 0.8 * labels.std()
    assert said["validation_loss"] < said["first_loss"] < 0.55  # from half the variance, which is 1
    slope = (predictions[0] - predictions[1]) / (said["logits"][0][0] - said["logits"][1][0])
    assert 80 < slope < 130  # the labels' deviation
