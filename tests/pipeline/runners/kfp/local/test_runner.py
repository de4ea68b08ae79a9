"""A compiled job is executed on this machine as a KFP service would, task by task."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tfx.dsl.components.common.importer import Importer
from tfx.dsl.experimental.conditionals.conditional import Cond
from tfx.orchestration.kubeflow.decorators import FinalStatusStr
from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner as stock
from tfx.orchestration.pipeline import Pipeline
from tfx.types import standard_artifacts

from pipeline.lineage.mlmd import open_store, sqlite_config
from pipeline.lineage.runs import Run
from pipeline.runners.kfp.job_fields import timeout_command
from pipeline.runners.kfp.local.runner import KfpLocalRunner
from pipeline.runners.kfp.repair import repair
from pipeline.runners.progress import Progress
from tests.pipeline.runners.kfp.small_graph import Count, Fail, Farewell, Note, Read, Shell

Execute = Callable[..., Run]


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    return tmp_path / "seen"


@pytest.fixture
def execute(tmp_path: Path) -> Execute:
    """Compiles nodes, runs the job, and gives the run as it was recorded."""
    numbers = iter(range(100))

    def run(*nodes: Any, cache: bool = True, farewell: Any = None, spoil: Callable = lambda job: job) -> Run:
        pipeline = Pipeline(
            pipeline_name="small",
            pipeline_root=str(tmp_path / "root"),
            components=list(nodes),
            enable_cache=cache,
        )
        config = stock.KubeflowV2DagRunnerConfig(default_image="image", use_pipeline_spec_2_1=True)
        compiler = stock.KubeflowV2DagRunner(config=config)
        if farewell:
            compiler.set_exit_handler(farewell)
        job = spoil(repair(compiler.run(pipeline, write_out=False)))
        runner = KfpLocalRunner(
            sqlite_config(tmp_path / "metadata.sqlite"), Progress(io.StringIO()), isolate=False
        )
        run_id = f"run-{next(numbers)}"
        runner.run(job, run_id, {"runner": "vertex-local"})
        store = open_store(tmp_path / "metadata.sqlite")
        assert store is not None
        return next(each for each in store.runs() if each.id == run_id)

    return run


def _states(run: Run) -> dict[str, str]:
    return {stage.name: stage.state for stage in run.stages}


def _lines(seen: Path) -> list[str]:
    return seen.read_text().splitlines() if seen.exists() else []


def test_values_and_artifacts_reach_the_next_node(execute: Execute, seen: Path):
    count = Count(number=3)
    note = Note(
        text=count.outputs["word"].future()[0].value,
        seen=str(seen),
        blessed=count.outputs["doubled"].future()[0].value,
    )
    run = execute(count, note, Read(note=note.outputs["note"], seen=str(seen)))
    assert run.state == "succeeded"
    assert [line.split(" ", 1)[0] for line in _lines(seen)] == ["n3", "read"]
    assert _lines(seen)[1] == "read n3 blessed=6"


def test_a_container_component_runs_its_command_with_its_placeholders(execute: Execute, seen: Path):
    note = Note(text="hello", seen=str(seen))
    shell = Shell(note=note.outputs["note"], word="world")
    run = execute(note, shell, Read(note=shell.outputs["copy"], seen=str(seen)).with_id("ReadCopy"))
    (copy,) = run.stage("Shell").outputs["copy"]
    assert Path(copy.uri, "note.txt").read_text() == "hello world"


@pytest.mark.parametrize(("blessed", "state"), [(1, "complete"), (0, None)])
def test_a_condition_decides_what_runs(execute: Execute, seen: Path, blessed: int, state: str | None):
    note = Note(text="gate", seen=str(seen), blessed=blessed)
    with Cond(note.outputs["note"].future()[0].custom_property("blessed") == 1):
        inner = Note(text="inner", seen=str(seen)).with_id("Inner")
        after = Read(note=inner.outputs["note"], seen=str(seen))
    run = execute(note, inner, after)
    assert run.state == "succeeded"
    assert _states(run).get("Inner") == state
    assert ("Read" in _states(run)) == bool(state)


def test_an_equal_step_comes_from_the_cache_and_a_changed_one_does_not(execute: Execute, seen: Path):
    def nodes(text: str) -> list[Any]:
        note = Note(text=text, seen=str(seen))
        return [note, Read(note=note.outputs["note"], seen=str(seen))]

    execute(*nodes("one"))
    assert _states(execute(*nodes("one"))) == {"Note": "cached", "Read": "cached"}
    assert _states(execute(*nodes("two"))) == {"Note": "complete", "Read": "complete"}
    assert len(_lines(seen)) == 4


def test_caching_can_be_switched_off(execute: Execute, seen: Path):
    for _ in range(2):
        run = execute(Note(text="one", seen=str(seen)), cache=False)
        assert _states(run) == {"Note": "complete"}


def test_deleted_outputs_are_not_served_from_the_cache(execute: Execute, seen: Path):
    first = execute(Note(text="one", seen=str(seen)))
    (note,) = first.stage("Note").outputs["note"]
    Path(note.uri, "note.txt").unlink()
    Path(note.uri).rmdir()
    assert _states(execute(Note(text="one", seen=str(seen)))) == {"Note": "complete"}


def test_a_failed_step_ends_the_run_and_what_follows_is_not_started(execute: Execute, seen: Path):
    fail = Fail(how="raise")
    note = Note(text="after", seen=str(seen))
    note.add_upstream_node(fail)
    run = execute(fail, note)
    assert (run.state, run.error) == ("failed", "Fail: StepError: exit code 1")
    assert _states(run) == {"Fail": "failed"}
    assert _lines(seen) == []


def test_a_killed_step_is_a_failed_one(execute: Execute):
    run = execute(Fail(how="killed"))
    assert (run.state, run.error) == ("failed", "Fail: StepError: exit code -9")


def test_a_step_is_ended_at_its_timeout(execute: Execute):
    def with_timeout(job: dict[str, Any]) -> dict[str, Any]:
        container = job["pipelineSpec"]["deploymentSpec"]["executors"]["Fail_executor"]["container"]
        container["command"] = [*timeout_command(1), *container["command"]]
        return job

    run = execute(Fail(how="sleep"), spoil=with_timeout)
    assert run.error == "Fail: StepError: timed out after 1 s"


@pytest.mark.parametrize(("how", "ended"), [(None, "SUCCEEDED"), ("raise", "FAILED")])
def test_the_exit_handler_runs_however_the_others_ended(
    execute: Execute, seen: Path, how: str | None, ended: str
):
    nodes = [Fail(how=how)] if how else [Note(text="fine", seen=str(seen))]
    run = execute(*nodes, farewell=Farewell(status=FinalStatusStr(), seen=str(seen)))
    assert _lines(seen)[-1] == f"ended {ended}"
    assert run.state == ("failed" if how else "succeeded")


def test_an_importer_gives_one_artifact_for_one_address(execute: Execute, tmp_path: Path):
    def imported() -> list[Any]:
        importer = Importer(source_uri=str(tmp_path / "given"), artifact_type=standard_artifacts.Model)
        importer = importer.with_id("Given")
        return [importer, Shell(note=importer.outputs["result"], word="x")]

    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "note.txt").write_text("given")
    first, second = execute(*imported()), execute(*imported())
    assert first.output("Given", "result").id == second.output("Given", "result").id
    assert _states(second)["Shell"] == "cached"


def test_an_importer_of_nothing_fails(execute: Execute, tmp_path: Path):
    importer = Importer(source_uri=str(tmp_path / "gone"), artifact_type=standard_artifacts.Model)
    run = execute(importer.with_id("Given"))
    assert run.state == "failed"
    assert "gone" in run.error
