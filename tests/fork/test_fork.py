"""A fork's own columns and configuration: random rows of them are trained on, exported and served.

All other tests are about the machinery, on columns of their own (tests/flights).
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainer.columns_file import parse
from trainer.task import Task

ROOT = Path(__file__).parents[2]
TABLE = parse((ROOT / "trainer" / "columns.yaml").read_text(encoding="utf-8"))
TASK = Task.of(TABLE.label)
ANSWERS = {
    "binary": {"probability"},
    "multiclass": {"probabilities", "classes", "prediction"},
    "regression": {"prediction"},
}


def call(*arguments: str) -> str:
    """What a program prints that reads the fork's files and not those of the other tests."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("EVERGREEN_")}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=own, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    return done.stdout


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a model says that was trained on random rows of the fork's columns."""
    said = call("-m", "tests.trainer.serve_task", str(tmp_path_factory.mktemp("served")))
    return json.loads(said.splitlines()[-1])


def test_the_configuration_fits_the_columns():
    program = "from pipeline.config.load import load; print(load('local').name)"
    assert call("-c", program).strip()


@pytest.mark.slow
def test_the_columns_train_a_model(served: dict[str, Any]):
    assert np.isfinite([served["first_loss"], served["validation_loss"]]).all()
    assert json.loads(served["task"]) == json.loads(TASK.as_json())


@pytest.mark.slow
def test_a_request_is_answered_in_the_form_of_the_task(served: dict[str, Any]):
    assert set(served["columns"]) == ANSWERS[TASK.kind]
    for name, values in served["columns"].items():
        assert len(values) == len(served["labels"])
        if name in ("probability", "probabilities"):
            assert 0 <= np.min(values) <= np.max(values) <= 1
        elif TASK.kind == "regression":
            assert np.isfinite(values).all()


@pytest.mark.slow
def test_columns_and_tf_examples_are_answered_alike(served: dict[str, Any]):
    for name, values in served["columns"].items():
        if isinstance(np.ravel(values)[0], str):
            assert served["examples"][name] == values
        else:
            np.testing.assert_allclose(served["examples"][name], values, rtol=1e-5, atol=1e-6)
