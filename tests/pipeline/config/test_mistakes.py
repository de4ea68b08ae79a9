"""A mistake, and the one line that every command answers with, before anything is written.

The columns are those of conftest.py: day, late (the label), origin and carrier (categories), distance, clock.
"""

import dataclasses
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pipeline.cli import main as command_line
from pipeline.cli.commands import evergreen
from pipeline.config import columns, schema
from pipeline.errors import USAGE
from tests.pipeline.config.conftest import TABLE
from trainer.column import Column

THRESHOLDS = "model_gate.thresholds"
AUC = "metric: AUC, scope: overall"
LOSS = "metric: BinaryCrossentropy, scope: overall"
A_NAME = "expected a name: small letters, digits and hyphens, a letter first, at most 63 characters"
LONG = "x" * 10_000
CUT = f"'{'x' * 99} … {'x' * 19}' (10,002 characters)"

# What is set, in the configuration that is named first, and the whole line after "evergreen: ".
MISTAKES = [
    # Slices.
    (
        "model_gate.slices=[orgin]",
        "model_gate.slices.0: there is no column 'orgin' (did you mean 'origin'?); there are origin, carrier",
    ),
    (
        "model_gate.slices=[Carrier, nothing]",
        "model_gate.slices.0: there is no column 'Carrier' (did you mean 'carrier'?); there are origin, "
        "carrier (and 1 more)",
    ),
    (
        "model_gate.slices=[origin, late]",
        "model_gate.slices.1: column 'late' is the label, and a slice is the rows of one category; "
        "there are origin, carrier",
    ),
    (
        "model_gate.slices=[distance]",
        "model_gate.slices.0: column 'distance' is a number, and a slice is the rows of one category; "
        "there are origin, carrier",
    ),
    (
        "model_gate.slices=[day]",
        "model_gate.slices.0: column 'day' is a date, and a slice is the rows of one category; "
        "there are origin, carrier",
    ),
    (
        "model_gate.slices=[clock]",
        "model_gate.slices.0: column 'clock' is a clock, and a slice is the rows of one category; "
        "there are origin, carrier",
    ),
    ("model_gate.slices=[origin, origin]", "model_gate.slices: the slice 'origin' stands twice; remove one"),
    (
        f"model_gate.slices=[{LONG}]",
        f"model_gate.slices.0: there is no column {CUT}; there are origin, carrier",
    ),
    # Thresholds.
    (
        f"{THRESHOLDS}=[{{metric: auc, scope: overall, at_least: 0.5}}]",
        f"{THRESHOLDS}.0.metric: 'auc' is no metric that can be judged (did you mean 'AUC'?); there are AUC, "
        "AUCPrecisionRecall, BinaryCrossentropy, BinaryAccuracy, SparseCategoricalCrossentropy, "
        "SparseCategoricalAccuracy, F1Score, RootMeanSquaredError, MeanAbsoluteError, R2Score",
    ),
    (
        f"{THRESHOLDS}=[{{metric: AUC, scope: overall, at_least: 0.5}}, {{metric: R2Score, scope: overall, "
        "at_least: 0.5}, {metric: F1Score, scope: overall, at_least: 0.5}]",
        f"{THRESHOLDS}.1.metric: R2Score is a metric of regression models, and the label in "
        "trainer/columns.yaml makes this a binary one; list others in model_gate.thresholds of base.yaml, on "
        "AUC or AUCPrecisionRecall or BinaryCrossentropy or BinaryAccuracy (and 1 more)",
    ),
    (
        f"{THRESHOLDS}=[{{metric: AUC, scope: Overall, at_least: 0.5}}]",
        f"{THRESHOLDS}.0.scope: got 'Overall': Input should be 'overall' or 'slices' (did you mean "
        "'overall'?)",
    ),
    (
        f"{THRESHOLDS}=[{{{AUC}}}]",
        f"{THRESHOLDS}.0: the threshold on AUC has none of at_least, at_most, max_worse_than_champion, "
        "max_better_than_champion; give one",
    ),
    (
        f"{THRESHOLDS}=[{{{AUC}, at_least: 1.5}}]",
        f"{THRESHOLDS}.0: AUC lies between 0 and 1, so a limit of 1.5 is none",
    ),
    (
        f"{THRESHOLDS}=[{{{LOSS}, at_most: -1}}]",
        f"{THRESHOLDS}.0: BinaryCrossentropy lies between 0 and inf, so a limit of -1 is none",
    ),
    (
        f"{THRESHOLDS}=[{{{AUC}, at_least: 0.9, at_most: 0.6}}]",
        f"{THRESHOLDS}.0: no AUC is at least 0.9 and at most 0.6; lower at_least, or raise at_most",
    ),
    (
        f"{THRESHOLDS}=[{{{AUC}, max_worse_than_champion: -0.1}}]",
        f"{THRESHOLDS}.0.max_worse_than_champion: got -0.1: Input should be greater than or equal to 0",
    ),
    (
        f"{THRESHOLDS}=[{{{AUC}, max_worse_than_champion: 2}}]",
        f"{THRESHOLDS}.0: AUC lies between 0 and 1, so no model can be worse than the champion by 2; lower "
        "it",
    ),
    (
        f"{THRESHOLDS}=[{{{AUC}, at_least: 0.5}}, {{{AUC}, max_worse_than_champion: 0.1}}]",
        f"{THRESHOLDS}: two thresholds are on AUC with `scope: overall`; put their limits into one",
    ),
    (
        "model_gate.fairness=[{column: orgin, metric: AUC, max_gap: 0.1}]",
        "model_gate.fairness.0.column: there is no column 'orgin' (did you mean 'origin'?); there are "
        "origin, carrier",
    ),
    (
        "model_gate.fairness=[{column: origin, metric: R2Score, max_gap: 0.1}]",
        "model_gate.fairness.0.metric: R2Score is a metric of regression models, and the label in "
        "trainer/columns.yaml makes this a binary one; list others in model_gate.fairness of base.yaml, on "
        "AUC or AUCPrecisionRecall or BinaryCrossentropy or BinaryAccuracy",
    ),
    (
        "model_gate.calibration.max_off=0",
        "model_gate.calibration.max_off: got 0: Input should be greater than 0",
    ),
    # Numbers of training.
    (
        "training.hidden_units=[-1]",
        "training.hidden_units.0: got -1: Input should be greater than or equal to 1",
    ),
    (
        "training.hidden_units=[0]",
        "training.hidden_units.0: got 0: Input should be greater than or equal to 1",
    ),
    (
        "training.hidden_units=[128, -64]",
        "training.hidden_units.1: got -64: Input should be greater than or equal to 1",
    ),
    (
        "training.hidden_units=[1000000]",
        "training.hidden_units.0: got 1000000: Input should be less than or equal to 65536",
    ),
    (
        "training.hidden_units=[60000, 60000]",
        "training.hidden_units: 60,000 units beside 60,000 are 3,600,000,000 weights, and 268,435,456 are "
        "the most between two layers; lower one of them",
    ),
    ("training.hidden_units=128", "training.hidden_units: got 128: Input should be a valid array"),
    ("training.hidden_units=[1.5]", "training.hidden_units.0: got 1.5: Input should be a valid integer"),
    ("training.seed=-1", "training.seed: got -1: Input should be greater than or equal to 0"),
    ("training.seed=4294967296", "training.seed: got 4294967296: Input should be less than 4294967296"),
    ("training.batch_size=0", "training.batch_size: got 0: Input should be greater than or equal to 1"),
    (
        "training.embedding_size=0",
        "training.embedding_size: got 0: Input should be greater than or equal to 1",
    ),
    (
        "training.embedding_size=1000000",
        "training.embedding_size: got 1000000: Input should be less than or equal to 4096",
    ),
    ("training.learning_rate=.inf", "training.learning_rate: got inf: Input should be a finite number"),
    ("training.learning_rate=.nan", "training.learning_rate: got nan: Input should be a finite number"),
    ("training.learning_rate=20", "training.learning_rate: got 20: Input should be less than or equal to 1"),
    (
        "training.learning_rate=1e-300",
        "training.learning_rate: got 1e-300: Input should be greater than or equal to 0.000000001",
    ),
    (
        "training.max_epochs=1000000000",
        "training.max_epochs: got 1000000000: Input should be less than or equal to 100000",
    ),
    ("training.dropout=1", "training.dropout: got 1: Input should be less than 1"),
    # Numbers of the window and of gates.
    ("window.days=1000000", "window.days: got 1000000: Input should be less than or equal to 36525"),
    ("data_gate.min_train_rows=0", "data_gate.min_train_rows: got 0: Input should be greater than 0"),
    (
        "infra_gate.requests=99999999999999999999",
        "infra_gate.requests: got 99999999999999999999: Input should be less than or equal to 100000",
    ),
    (
        "infra_gate.load_timeout_s=1e300",
        "infra_gate.load_timeout_s: got 1e+300: Input should be less than or equal to 86400",
    ),
    # Patterns in words, choices with a hint, long values and control characters.
    ("name=My Flights", f"name: got 'My Flights': {A_NAME}"),
    (f"name={LONG}", f"name: got {CUT}: {A_NAME}"),
    ('name="a\\x1b[31mb"', f"name: got 'a\\x1b[31mb': {A_NAME}"),
    (
        "model.name=My.Model",
        "model.name: got 'My.Model': expected a name: small letters, digits, underscores and hyphens, a "
        "letter first, at most 63 characters",
    ),
    (
        "data.format=CSV",
        "data.format: got 'CSV': Input should be 'csv', 'parquet', 'tfrecord' or 'bigquery' (did you mean "
        "'csv'?)",
    ),
    (f"window.days={LONG}", f"window.days: got {CUT}: Input should be a valid integer"),
    (
        f'root="a\\n{LONG}"',
        f"root: 'a\\n{'x' * 96} … {'x' * 19}' (10,005 characters) has a control character in it; remove it",
    ),
]


def answer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> tuple[int, str]:
    """Exit code and stderr of the command line; nothing was printed."""
    monkeypatch.setattr(sys, "argv", ["evergreen", *arguments])
    code = command_line._exit_code()
    said = capsys.readouterr()
    assert said.out == ""
    return code, said.err


@pytest.mark.parametrize(("setting", "line"), MISTAKES, ids=[setting[:60] for setting, _ in MISTAKES])
def test_a_mistake_is_one_line_and_2(setting: str, line: str, capsys, monkeypatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    code, said = answer(capsys, monkeypatch, "config", "--set", setting)
    assert (code, said) == (USAGE, f"evergreen: --set: {line}\n")
    assert os.listdir(tmp_path) == []


def test_several_mistakes_are_the_first_and_their_number(capsys, monkeypatch, tmp_path: Path):
    path = tmp_path / "mine.yaml"
    path.write_text("training:\n  seed: -1\n  batch_size: 0\nname: X\n")
    assert answer(capsys, monkeypatch, "config", "--config", str(path)) == (
        USAGE,
        f"evergreen: {path}:4: name: got 'X': {A_NAME} (and 2 more)\n",
    )


def test_values_that_contradict_each_other_are_named_with_both_places(capsys, monkeypatch, shipped: Path):
    line = 1 + (shipped / "defaults.yaml").read_text().splitlines().index("  learning_rate: 0.002")
    assert answer(capsys, monkeypatch, "config", "--set", "training.weight_decay=1000") == (
        USAGE,
        f"evergreen: --set, defaults.yaml:{line}: training.weight_decay is 1000 and learning_rate 0.002: "
        "each step would take 2 times a weight from it; lower weight_decay\n",
    )


def test_the_file_and_line_of_a_slice_are_named(capsys, monkeypatch, tmp_path: Path):
    path = tmp_path / "mine.yaml"
    path.write_text("model_gate:\n  slices:\n    - origin\n    - destination\n")
    assert answer(capsys, monkeypatch, "config", "--config", str(path)) == (
        USAGE,
        f"evergreen: {path}:4: model_gate.slices.1: there is no column 'destination'; there are origin, "
        "carrier\n",
    )


def with_a_label(monkeypatch: pytest.MonkeyPatch, label: Column) -> None:
    others = [column for column in TABLE.columns if column.role != "label"]
    monkeypatch.setattr(columns, "read", lambda: dataclasses.replace(TABLE, columns=(*others, label)))


def test_another_task_asks_for_thresholds_of_its_own(capsys, monkeypatch, shipped: Path):
    """The shipped ones are on metrics of two classes; a fork lists its own, and is told where and which."""
    with_a_label(monkeypatch, Column("delay", "float32", "number", role="label"))
    (shipped / "base.yaml").unlink()
    (shipped / "base.yaml").write_text("name: mine\nmodel: {name: mine}\ndata: {source: data}\n")
    defaults = (shipped / "defaults.yaml").read_text().splitlines()
    line = next(number for number, text in enumerate(defaults, 1) if "{metric: AUC" in text)
    code, said = answer(capsys, monkeypatch, "config")
    assert code == USAGE
    assert said.startswith(
        f"evergreen: defaults.yaml:{line}: model_gate.thresholds.0.metric: AUC is a metric of binary or "
        "multiclass models, and the label in trainer/columns.yaml makes this a regression one; "
    )


def test_a_number_has_no_classes_to_weigh(capsys, monkeypatch):
    with_a_label(monkeypatch, Column("delay", "float32", "number", role="label"))
    r2 = f"{THRESHOLDS}=[{{metric: R2Score, scope: overall, at_least: 0.1}}]"
    settings = ("--set", r2, "--set", "model_gate.slices=[]", "--set", "training.class_weights=balanced")
    assert answer(capsys, monkeypatch, "config", *settings) == (
        USAGE,
        "evergreen: --set: training.class_weights is 'balanced', and the label 'delay' is a number, which "
        "has no classes; set it to none\n",
    )


def test_a_name_of_a_file_with_control_characters_is_shown_with_escapes(capsys, monkeypatch, tmp_path: Path):
    path = tmp_path / "mi\nne\x1b[31m.yaml"
    path.write_text("name: X\n")
    code, said = answer(capsys, monkeypatch, "config", "--config", str(path))
    assert (code, said.count("\n")) == (USAGE, 1)
    assert said.startswith(f"evergreen: {tmp_path}/mi\\nne\\x1b[31m.yaml:1: name: got 'X'")


@pytest.mark.parametrize("setting", [LONG, f"{LONG}=1", f"{LONG}.a=1", f"window.{LONG}=1", f"root=[{LONG}"])
def test_a_setting_that_is_none_does_not_fill_the_screen(setting: str, capsys, monkeypatch):
    code, said = answer(capsys, monkeypatch, "config", "--set", setting)
    assert code == USAGE
    assert len(said) < 600


@pytest.mark.parametrize(
    ("threshold", "warning"),
    [
        (
            f"{AUC}, at_most: 0.75",
            "the higher AUC, the better, so `at_most: 0.75` stops good models; did you mean at_least?",
        ),
        (
            f"{LOSS}, at_least: 0.25",
            "the lower BinaryCrossentropy, the better, so `at_least: 0.25` stops good models; did you mean "
            "at_most?",
        ),
    ],
)
def test_a_limit_on_the_wrong_side_is_a_warning_and_said_once(
    threshold: str, warning: str, capsys, monkeypatch
):
    monkeypatch.setattr(sys, "argv", ["evergreen", "config", "--set", f"{THRESHOLDS}=[{{{threshold}}}]"])
    assert command_line._exit_code() == 0
    assert capsys.readouterr().err == f"evergreen: warning: {THRESHOLDS}.0: {warning}\n"


def test_a_threshold_on_no_slices_is_a_warning(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["evergreen", "config", "--set", "model_gate.slices=[]"])
    assert command_line._exit_code() == 0
    assert capsys.readouterr().err == (
        f"evergreen: warning: {THRESHOLDS}.2: `scope: slices` judges nothing, as model_gate.slices is "
        "empty; fill it, or remove this\n"
    )


def test_no_hidden_layer_is_a_linear_model_and_meant(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["evergreen", "config", "--set", "training.hidden_units=[]"])
    assert command_line._exit_code() == 0
    assert capsys.readouterr().err == ""


def with_configuration(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    """Every command that loads a configuration, with arguments for what it asks for."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from with_configuration(command, *path, name)
        elif any(option.name == "config_name" for option in command.params):
            arguments = [each for each in command.params if isinstance(each, click.Argument)]
            needed = [each for each in command.params if each.required and each not in arguments]
            options = [word for each in needed for word in (each.opts[0], "2026-03-10")]
            yield (*path, name, *map(_given, arguments), *options)


def _given(argument: click.Argument) -> str:
    return argument.type.choices[0] if isinstance(argument.type, click.Choice) else __file__


DOORS = [*with_configuration(evergreen)]


def test_the_commands_that_load_a_configuration_are_found():
    assert {door[0] for door in DOORS} >= {
        "run",
        "runs",
        "lineage",
        "serve",
        "predict",
        "config",
        "graph",
        "check",
    }
    assert ("schedule", "list") in DOORS


@pytest.mark.parametrize("door", DOORS, ids=" ".join)
def test_every_command_refuses_what_would_fail_after_training(door, capsys, monkeypatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    assert answer(capsys, monkeypatch, *door, "--set", "model_gate.slices=[shade]") == (
        USAGE,
        "evergreen: --set: model_gate.slices.0: there is no column 'shade'; there are origin, carrier\n",
    )
    monkeypatch.setattr(schema, "read_overlay", lambda: b'feature { name: "shade" }')
    assert answer(capsys, monkeypatch, *door) == (
        USAGE,
        "evergreen: column 'shade' in trainer/schema_overlay.pbtxt is not in trainer/columns.yaml; "
        "remove it, or add it there\n",
    )
    assert os.listdir(tmp_path) == []
