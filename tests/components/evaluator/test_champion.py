"""A champion that predicts something else is not compared, and neither stops the run nor crashes it."""

from pathlib import Path

import pytest

from components.model_files.folder import NOT_RECORDED, record_of
from trainer.task import Task as Written

pytestmark = pytest.mark.slow  # imports TFX


def model(folder: Path, task: Written | None) -> str:
    """Writes what a model's folder says of its task."""
    if task:
        (folder / "task.json").write_text(task.as_json())
    return str(folder)


@pytest.fixture
def read():
    from components.task import Task

    return lambda task: Task.from_json(task.as_json())


def test_the_trainer_writes_the_task_where_the_evaluator_looks_for_it():
    from components.evaluator import model_task
    from trainer.training import export

    assert model_task.TASK_FILE == export.TASK_FILE


@pytest.mark.parametrize("released", [Written("binary", (0, 1)), None], ids=["the same", "not said"])
def test_a_champion_of_the_same_task_is_asked_and_so_is_one_that_does_not_say(tmp_path, read, released):
    from components.evaluator.component import _champion

    asked = []
    metrics = {"overall": {"AUC": 0.5}}
    path = model(tmp_path, released)
    found = _champion(
        path, NOT_RECORDED, read(Written("binary", (0, 1))), lambda *which: asked.append(which) or metrics
    )
    assert found == (metrics, None)
    assert asked == [("champion", path, NOT_RECORDED)]


def test_a_champion_with_other_classes_is_not_even_loaded(tmp_path, read):
    from components.evaluator.component import _champion

    found = _champion(
        model(tmp_path, Written("binary", (0, 1))), NOT_RECORDED, read(Written("binary", (1, 2))), None
    )
    assert found == (None, "the champion predicts one of 0, 1, and the candidate one of 1, 2")


def test_a_champion_without_the_answer_is_another_and_one_that_fails_closes_the_gate(tmp_path, read):
    from components.evaluator.component import UnusableModelError, _champion
    from components.evaluator.rows import OtherAnswerError

    def fail_by(cause: Exception):
        def ask(which: str, _path: str, _files: str):
            raise UnusableModelError(which, cause) from cause

        return ask

    task, path = read(Written("regression")), model(tmp_path, None)
    found = _champion(
        path, NOT_RECORDED, task, fail_by(OtherAnswerError("it answers probability, and not prediction"))
    )
    assert found == (
        None,
        "the champion predicts something else: it answers probability, and not prediction",
    )
    with pytest.raises(UnusableModelError, match="no memory"):
        _champion(path, NOT_RECORDED, task, fail_by(RuntimeError("no memory")))


@pytest.mark.parametrize(
    "path", ["saved_model.pb", "variables/variables.index", "assets/a", "assets.extra/b"]
)
def test_a_candidate_whose_files_changed_is_not_loaded(tmp_path, read, path: str):
    from components.evaluator.component import UnusableModelError, _ask

    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_bytes(b"made")
    recorded = record_of(str(tmp_path))
    (tmp_path / path).write_bytes(b"else")
    for files, why in ((recorded, f"is not loaded: {path} has the SHA-256"), ("", "nothing was recorded")):
        with pytest.raises(UnusableModelError, match=why):
            _ask(
                "candidate",
                str(tmp_path),
                files,
                examples=None,
                signature="s",
                task=read(Written("regression")),
            )


def test_answers_are_as_wide_as_the_task(read):
    import numpy as np

    from components.evaluator.rows import OtherAnswerError, answers_of

    several, number = read(Written("multiclass", ("a", "b", "c"))), read(Written("regression"))
    assert answers_of({"probabilities": np.ones((2, 3))}, several).shape == (2, 3)
    assert answers_of({"prediction": np.ones((2, 1))}, number).shape == (2,)
    with pytest.raises(OtherAnswerError, match="probabilities has 4 values a row, and not 3"):
        answers_of({"probabilities": np.ones((2, 4))}, several)
    with pytest.raises(OtherAnswerError, match="prediction has 2 values a row, and not 1"):
        answers_of({"prediction": np.ones((2, 2))}, number)


def test_labels_are_numbered_by_the_order_of_the_classes(read):
    import pyarrow as pa

    from components.evaluator.rows import as_labels

    texts = read(Written("multiclass", ("b", "ä", "a")))
    assert as_labels(pa.array([b"a", b"b", "ä".encode()], pa.large_binary()), texts).tolist() == [2, 0, 1]
    assert as_labels(pa.array([2, 1, 2]), read(Written("binary", (1, 2)))).tolist() == [1, 0, 1]
    assert as_labels(pa.array([2.5, 1.0]), read(Written("regression"))).tolist() == [2.5, 1.0]
    with pytest.raises(ValueError, match="the label 'c' is none of the classes"):
        as_labels(pa.array([b"a", b"c"], pa.large_binary()), texts)


def test_a_champion_whose_files_changed_is_neither_read_nor_asked(tmp_path, read):
    from components.evaluator.component import UnusableModelError, _champion

    path = model(tmp_path, Written("binary", (0, 1)))
    recorded = record_of(path)
    (tmp_path / "saved_model.pb").write_bytes(b"planted")
    with pytest.raises(UnusableModelError, match=r"is not loaded: saved_model\.pb was added"):
        _champion(path, recorded, read(Written("binary", (0, 1))), None)
