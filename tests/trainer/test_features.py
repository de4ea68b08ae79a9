"""The trainer's table of columns is read once, costs nothing to import, and can be another for tests."""

import os
import subprocess
import sys
from pathlib import Path

from trainer import features
from trainer.columns_file import parse


def test_requests_hold_every_column_but_the_label():
    assert features.LABEL not in {column.name for column in features.REQUEST_COLUMNS}
    assert len(features.REQUEST_COLUMNS) == len(features.COLUMNS) - 1


def test_the_model_sees_no_label_as_a_category():
    assert features.TABLE.label.kind == "category"
    assert features.LABEL not in {column.name for column in features.of_kind("category")}


def test_importing_features_needs_no_tensorflow():
    program = "import sys, trainer.features, trainer.hyperparameters; print('tensorflow' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "False\n"


def test_the_trainer_s_own_file_is_read_where_no_other_is_named():
    program = "from trainer import features; print(features.read_text(), end='')"
    environment = {name: value for name, value in os.environ.items() if name != features.INSTEAD}
    text = subprocess.check_output([sys.executable, "-c", program], text=True, env=environment)
    own = Path(features.__file__).with_name("columns.yaml")
    assert text == own.read_text(encoding="utf-8")
    assert parse(text).label.role == "label"
