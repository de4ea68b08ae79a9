"""Graphs that TFX's Kubeflow v2 compiler compiles wrong are repaired, or refused with their cause.

The first half shows that TFX still does each of it: when one of these tests fails, its repair can go.
"""

from typing import Any

import pytest
from tfx import v1 as tfx
from tfx.orchestration.data_types import RuntimeParameter
from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner as stock
from tfx.orchestration.pipeline import Pipeline

from pipeline.runners.kfp.checks import references
from pipeline.runners.kfp.repair import MiscompiledError, repair
from tests.pipeline.runners.kfp.small_graph import Count, Note


def compiled(*nodes: Any) -> dict[str, Any]:
    config = stock.KubeflowV2DagRunnerConfig(default_image="image", use_pipeline_spec_2_1=True)
    pipeline = Pipeline(pipeline_name="small", pipeline_root="root", components=list(nodes))
    return stock.KubeflowV2DagRunner(config=config).run(pipeline, write_out=False)


def _value_as_parameter() -> dict[str, Any]:
    count = Count(number=3)
    return compiled(count, Note(text=count.outputs["word"].future()[0].value, seen="s"))


def test_tfx_writes_a_producer_that_is_no_task():
    said = [fault.what for fault in references.check(_value_as_parameter()).faults]
    assert "takes 'text' from 'Count_task', which is no task" in said


def test_the_producer_of_a_value_is_repaired():
    job = repair(_value_as_parameter())
    assert references.check(job).faults == ()
    source = job["pipelineSpec"]["root"]["dag"]["tasks"]["Note"]["inputs"]["parameters"]["text"]
    assert source == {"taskOutputParameter": {"producerTask": "Count", "outputParameterKey": "word"}}


def test_a_producer_that_cannot_be_guessed_is_refused():
    job = _value_as_parameter()
    tasks = job["pipelineSpec"]["root"]["dag"]["tasks"]
    tasks["Renamed"] = tasks.pop("Count")
    with pytest.raises(MiscompiledError, match=r"Note\.text takes its value from 'Count_task'"):
        repair(job)


def test_a_run_parameter_whose_default_tfx_dropped_is_refused():
    job = compiled(Note(text=RuntimeParameter("word", str, default="hello"), seen="s"))
    assert "defaultValue" not in job["pipelineSpec"]["root"]["inputDefinitions"]["parameters"]["word"]
    with pytest.raises(MiscompiledError, match="'word' has no value: TFX drops defaults"):
        repair(job)


def test_a_resolver_is_refused():
    resolver = tfx.dsl.Resolver(
        strategy_class=tfx.dsl.experimental.LatestArtifactStrategy,
        model=tfx.dsl.Channel(type=tfx.types.standard_artifacts.Model),
    )
    with pytest.raises(MiscompiledError, match="Resolver takes any artifact of the project's store"):
        repair(compiled(resolver))


def test_an_example_gen_with_a_driver_is_refused():
    with pytest.raises(MiscompiledError, match="ExampleGen with a driver loses its machine"):
        repair(compiled(tfx.components.CsvExampleGen(input_base="data")))
