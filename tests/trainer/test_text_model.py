"""A model learns from the words of a text, wherever in it they stand."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
COLUMNS = """
columns:
  - {name: liked, dtype: string, kind: category, role: label, values: ["no", "yes"]}
  - {name: review, dtype: string, kind: text, required: false}
  - {name: at, dtype: string, kind: timestamp, required: false}
"""
PROGRAM = """
import json, sys
import numpy as np, pyarrow as pa, tensorflow as tf
from tests.trainer import in_memory
from tests.trainer.random_rows import HYPERPARAMETERS
from trainer import features
from trainer.heads import head_of
from trainer.training.export import export
from trainer.training.rows import rows_of
from trainer.training.train import train

chance, into = np.random.default_rng(3), sys.argv[1]
filler = [f"w{number}" for number in range(40)]
liked = chance.random(1500) < 0.4
words = [["great" if each else "awful", *chance.choice(filler, 9)] for each in liked]
table = pa.table({
    "liked": ["yes" if each else "no" for each in liked],
    "review": [" ".join(chance.permutation(each)) for each in words],
    "at": [None if number % 3 else f"2013-02-{1 + number % 28:02} 07:30:00" for number in range(1500)],
})
transform = in_memory.analyze(table, into + "/graph")
rows = rows_of(in_memory.transform(table, transform))
head = head_of(features.TASK, rows.label)
parameters = HYPERPARAMETERS.model_copy(update={"max_epochs": 8, "category_dropout": 0.0})
from pathlib import Path
model, _ = train(rows, head, parameters, Path(into))
export(model, head, transform, into + "/model")
served = tf.saved_model.load(into + "/model").signatures["serving_default"]
texts = ["GREAT!", "w1 w2 w3 w4 awful", "w5 w6, great", "", "never seen before"]
answer = served(review=tf.constant(texts), at=tf.constant(["2013-02-01T07:30"] * 4 + [""]))
print(json.dumps(answer["probability"].numpy().tolist()))
"""


def test_the_words_decide(tmp_path: Path):
    columns = tmp_path / "columns.yaml"
    columns.write_text(COLUMNS)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"EVERGREEN_COLUMNS": str(columns)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    alone, awful, among, nothing, unknown = json.loads(done.stdout.splitlines()[-1])
    assert min(alone, among) > 0.8
    assert awful < 0.2
    assert 0 < nothing < 1
    assert 0 < unknown < 1
