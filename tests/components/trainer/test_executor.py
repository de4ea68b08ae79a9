"""Trainer loads a transform graph whose files are the recorded ones, and its model's files are recorded."""

from pathlib import Path

import pytest
from tfx.types import standard_artifacts

from components.model_files import artifact as model_files
from components.model_files.rule import AlteredModelError
from components.trainer.executor import Executor, record_model
from pipeline.runners.vertex.train import Executor as CustomTrainingExecutor


@pytest.fixture
def graph(tmp_path: Path) -> standard_artifacts.TransformGraph:
    graph = standard_artifacts.TransformGraph()
    graph.uri = str(tmp_path / "graph")
    for path in ("transform_fn/saved_model.pb", "transform_fn/assets/dest", "transformed_metadata/asset_map"):
        (tmp_path / "graph" / path).parent.mkdir(parents=True)
        (tmp_path / "graph" / path).write_bytes(b"made")
    model_files.record(graph, graph.uri)
    return graph


@pytest.mark.parametrize("executor", [Executor, CustomTrainingExecutor])
@pytest.mark.parametrize("path", ["transform_fn/saved_model.pb", "transform_fn/assets/dest"])
def test_a_transform_graph_whose_files_changed_is_not_loaded(graph, executor: type, path: str):
    Path(graph.uri, path).write_bytes(b"else")
    with pytest.raises(AlteredModelError, match=f"is not loaded: {path} has the SHA-256"):
        executor().Do({"transform_graph": [graph]}, {}, {})


def test_a_transform_graph_of_which_nothing_was_recorded_is_not_loaded(graph):
    unrecorded = standard_artifacts.TransformGraph()
    unrecorded.uri = graph.uri
    with pytest.raises(AlteredModelError, match="nothing was recorded"):
        Executor().Do({"transform_graph": [unrecorded]}, {}, {})


def test_an_untouched_graph_gets_as_far_as_the_training(graph):
    with pytest.raises(KeyError):  # of what the training takes
        Executor().Do({"transform_graph": [graph]}, {}, {})


def test_the_trained_models_files_are_recorded(tmp_path: Path):
    model = standard_artifacts.Model()
    model.uri = str(tmp_path)
    served = tmp_path / "Format-Serving"
    served.mkdir()
    (served / "saved_model.pb").write_bytes(b"made")
    record_model({"model": [model]})
    model_files.check(model, str(served))
    (served / "saved_model.pb").write_bytes(b"else")
    with pytest.raises(AlteredModelError, match=r"saved_model\.pb has the SHA-256"):
        model_files.check(model, str(served))


def test_a_custom_job_trains_with_the_same_executor():
    """So that the graph is compared in the job, a moment before it is loaded there."""
    assert CustomTrainingExecutor()._GetExecutorClass() is Executor
