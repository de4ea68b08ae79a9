"""Which metrics can be judged, and which champion be compared, goes by what the label makes of the model."""

import pytest

from components.evaluator.metric_table import METRICS
from components.evaluator.task_rule import faulty_metrics, unlike
from components.task import Task

BINARY = Task("binary", (0, 1), "probability")
NUMBER = Task("regression", (), "prediction")


def task(*classes: int | str) -> Task:
    return Task("multiclass", classes, "probabilities")


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_a_metric_of_the_task_is_fine_and_any_other_is_refused(kind: str):
    names = [metric.name for metric in METRICS]
    refused = [names[position] for position, _ in faulty_metrics(names, kind)]
    assert refused == [metric.name for metric in METRICS if kind not in metric.tasks]


def test_a_refusal_names_where_to_put_which_other_metrics():
    assert [*faulty_metrics(["AUC", "BinaryAccuracy"], "multiclass")] == [
        (
            1,
            "BinaryAccuracy is a metric of binary models, and the label in trainer/columns.yaml makes this a "
            "multiclass one; list others in model_gate.thresholds of base.yaml, on AUC or "
            "SparseCategoricalCrossentropy or SparseCategoricalAccuracy or F1Score",
        )
    ]
    ((_, fault),) = faulty_metrics(["AUC"], "regression")
    assert fault.startswith("AUC is a metric of binary or multiclass models")
    assert fault.endswith("on RootMeanSquaredError or MeanAbsoluteError or R2Score")


def test_models_of_the_same_task_can_be_compared():
    assert unlike(BINARY, Task("binary", (0, 1), "probability")) is None


@pytest.mark.parametrize(
    ("candidate", "champion", "reason"),
    [
        (BINARY, NUMBER, "the champion predicts a number, and the candidate one of 0, 1"),
        (NUMBER, BINARY, "the champion predicts one of 0, 1, and the candidate a number"),
        (
            Task("binary", (1, 0), "probability"),
            BINARY,
            "the champion predicts one of 0, 1, and the candidate one of 1, 0",
        ),
        (
            task("a", "b", "c"),
            task(1, 2, 3, 4, 5),
            "the champion predicts one of 1, 2, 3, 4, 5, and the candidate one of 'a', 'b', 'c'",
        ),
        (
            task(*"abcdef"),
            task(*"abcdefg"),
            "the champion predicts one of 'a', 'b', 'c', 'd', 'e' and 2 more, and the candidate one of 'a', "
            "'b', 'c', 'd', 'e' and 1 more",
        ),
    ],
)
def test_other_classes_or_another_order_cannot(candidate: Task, champion: Task, reason: str):
    assert unlike(candidate, champion) == reason
