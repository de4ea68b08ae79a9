"""The graph that runs here is one that the Vertex compiler takes, infra validation included."""

import datetime as dt
import json
from pathlib import Path

import pytest

from pipeline import graph
from pipeline.config import load as config
from pipeline.launch.champion import Champion
from pipeline.launch.launch import resolve_launch
from pipeline.launch.paths import RunPaths

pytestmark = pytest.mark.slow


def test_the_graph_with_a_champion_compiles_for_vertex(flights: Path, tmp_path: Path):
    from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner as vertex

    standing = Champion("1.0.1", "gs://b/model", "gs://b/1", dt.date(2013, 1, 1), dt.date(2013, 1, 20), "run")
    settings = {"data.source": str(flights), "window.days": "18", "window.eval_days": "4"}
    resolved = resolve_launch(config.load("local", settings), until=dt.date(2013, 2, 10), champion=standing)
    pipeline = graph.build(resolved, RunPaths("gs://b/root", "gs://b/schema.pbtxt", "gs://b/models"))
    runner = vertex.KubeflowV2DagRunner(
        config=vertex.KubeflowV2DagRunnerConfig(default_image="image", use_pipeline_spec_2_1=True),
        output_filename=str(tmp_path / "job.json"),
    )

    runner.run(pipeline, write_out=True)

    spec = json.loads((tmp_path / "job.json").read_text())["pipelineSpec"]
    tasks = spec["root"]["dag"]["tasks"]
    assert set(tasks) == {node.id for node in pipeline.components}
    assert "DataGate" in tasks["Transform"]["triggerPolicy"]["condition"]
    executors = spec["deploymentSpec"]["executors"]
    assert "components.infra_validator" in json.dumps(
        executors[tasks["InfraValidator"]["componentRef"]["name"] + "_executor"]
    )
