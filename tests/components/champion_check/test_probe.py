"""A champion that is gone, broken or of another task is recognised without a candidate."""

import json
import shutil
from pathlib import Path

import pytest
import tensorflow as tf

from components.champion_check.probe import probe
from components.champion_check.rule import Probed
from components.model_files.folder import NOT_RECORDED, record_of
from components.task import Task
from tests.components.example_gen.ingest_folder import HEADER, ingest

BINARY = Task("binary", (0, 1), "probability")
SIGNATURE = "tf_examples"


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("days")
    (folder / "data").mkdir()
    for day in (1, 2):
        rows = "".join(f"2013-01-0{day},{row % 2},{row}.5,c{row}\n" for row in range(9))
        (folder / "data" / f"2013-01-0{day}.csv").write_text(HEADER + rows)
    return ingest(folder, "examples")


def model(folder: Path, output: str = "probability", width: int = 1, task: Task | None = BINARY) -> str:
    """Writes a Model artifact whose model needs the feature `carrier`; returns its address."""

    class Answers(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "examples")])
        def __call__(self, serialized):
            spec = {"carrier": tf.io.FixedLenFeature([], tf.string)}
            carriers = tf.io.parse_example(serialized, spec)["carrier"]
            ones = tf.strings.to_number(tf.strings.substr(carriers, 1, 1))
            return {output: tf.repeat(ones[:, None], width, axis=1)}

    path = folder / "Format-Serving"
    answers = Answers()
    tf.saved_model.save(answers, str(path), signatures={SIGNATURE: answers.__call__})
    if task is not None:
        (path / "task.json").write_text(
            json.dumps({"kind": task.kind, "classes": task.classes, "answer": task.answer})
        )
    return str(folder)


def test_a_champion_that_answers_has_no_fault(tmp_path: Path, examples):
    assert probe(model(tmp_path), NOT_RECORDED, examples, BINARY, SIGNATURE) == Probed()
    assert probe(model(tmp_path / "older", task=None), NOT_RECORDED, examples, BINARY, SIGNATURE) == Probed()


@pytest.mark.parametrize("gone", ["folder", "graph"])
def test_a_champion_whose_files_are_gone_has_a_fault(tmp_path: Path, examples, gone: str):
    uri = model(tmp_path / "model")
    if gone == "folder":
        shutil.rmtree(uri)
    else:
        Path(uri, "Format-Serving", "saved_model.pb").unlink()
    found = probe(uri, NOT_RECORDED, examples, BINARY, SIGNATURE)
    assert found.unlike is None
    assert found.fault.startswith("there is no saved_model.pb in ")


@pytest.mark.parametrize("change", ["saved_model.pb", "variables/variables.index", "task.json"])
def test_a_champion_whose_files_changed_is_not_loaded(tmp_path: Path, examples, change: str):
    uri = model(tmp_path)
    recorded = record_of(f"{uri}/Format-Serving")
    assert probe(uri, recorded, examples, BINARY, SIGNATURE) == Probed()
    path = Path(uri, "Format-Serving", change)
    path.write_bytes(path.read_bytes() + b" ")
    found = probe(uri, recorded, examples, BINARY, SIGNATURE)
    assert f"is not loaded: {change} has " in found.fault


def test_a_champion_of_which_nothing_was_recorded_is_not_loaded(tmp_path: Path, examples):
    assert "nothing was recorded" in probe(model(tmp_path), "", examples, BINARY, SIGNATURE).fault


def test_a_champion_that_does_not_load_has_a_fault(tmp_path: Path, examples):
    uri = model(tmp_path)
    Path(uri, "Format-Serving", "saved_model.pb").write_bytes(b"cut off")
    assert "cannot load the model" in probe(uri, NOT_RECORDED, examples, BINARY, SIGNATURE).fault


def test_a_champion_without_the_signature_has_a_fault(tmp_path: Path, examples):
    assert "other" in probe(model(tmp_path), NOT_RECORDED, examples, BINARY, "other").fault


def test_a_champion_that_needs_what_rows_no_longer_have_has_a_fault(tmp_path: Path, examples):
    class Needs(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "examples")])
        def __call__(self, serialized):
            parsed = tf.io.parse_example(serialized, {"gate": tf.io.FixedLenFeature([], tf.float32)})
            return {"probability": parsed["gate"]}

    needs = Needs()
    tf.saved_model.save(needs, str(tmp_path / "Format-Serving"), signatures={SIGNATURE: needs.__call__})
    found = probe(str(tmp_path), NOT_RECORDED, examples, BINARY, SIGNATURE)
    assert found.unlike is None
    assert "gate" in found.fault


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"task": Task("regression", (), "value")}, "the champion predicts a number"),
        ({"task": Task("binary", ("a", "b"), "probability")}, "the champion predicts one of 'a', 'b'"),
        ({"output": "value", "task": None}, "it answers value, and not probability"),
        ({"width": 3, "task": None}, "probability has 3 values a row, and not 1"),
    ],
    ids=["a number", "other classes", "another output", "another width"],
)
def test_a_champion_of_another_task_is_unlike_and_has_no_fault(
    tmp_path: Path, examples, written: dict, words: str
):
    found = probe(model(tmp_path, **written), NOT_RECORDED, examples, BINARY, SIGNATURE)
    assert found.fault is None
    assert words in found.unlike


def test_a_task_that_cannot_be_read_is_a_fault(tmp_path: Path, examples):
    uri = model(tmp_path)
    Path(uri, "Format-Serving", "task.json").write_text("{")
    assert "task.json cannot be read" in probe(uri, NOT_RECORDED, examples, BINARY, SIGNATURE).fault
