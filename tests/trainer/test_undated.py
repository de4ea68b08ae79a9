"""A table without dates, a required feature or a category is trained on and served like any other."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COLUMNS = Path(__file__).with_name("undated_columns.yaml")


@pytest.mark.slow
def test_rows_of_one_key_are_held_out_together_and_the_key_is_in_no_request(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.trainer.train_undated", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "EVERGREEN_COLUMNS": str(COLUMNS)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["columns"] == ["age", "marks"]
    assert (found["has_days"], found["pupils"], found["answers"]) == (False, 200, 600)
    assert found["held_out"] == 3 * found["held_out_pupils"]
    assert 45 < found["held_out"] < 180
