"""The last step of a job tells people how it ended, and is in no job that has nobody to tell."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.cloud import aiplatform_v1 as api
from google.protobuf import json_format
from tfx.dsl.components.base.base_node import BaseNode
from tfx.orchestration.pipeline import Pipeline

from pipeline.config import load as configs
from pipeline.launch.launch import resolve_launch
from pipeline.launch.paths import RunPaths
from pipeline.lineage.mlmd import open_store, sqlite_config
from pipeline.lineage.runs import Run
from pipeline.runners.kfp.compile import compile_pipeline
from pipeline.runners.kfp.local.runner import KfpLocalRunner
from pipeline.runners.kfp.spec import container_of, tasks
from pipeline.runners.progress import Progress
from pipeline.runners.vertex import lineage, preview
from pipeline.runners.vertex.checks.all_checks import check_job
from pipeline.runners.vertex.exit_handler import NOTIFY, exit_handler
from tests.pipeline.runners.kfp.small_graph import Fail, Note
from tests.pipeline.runners.vertex.conftest import LAST
from tests.pipeline.runners.vertex.test_cloud_job import NODES

IN_CLOUD = {"type": "webhook", "url": "secret:projects/p/secrets/s/versions/1", "shape": "teams"}
ONLY_HERE = {"type": "webhook", "url": "env:PLANTED_VARIABLE", "shape": "slack"}
SECRET = "PlantedSecret77"


@pytest.fixture
def telling(prod: configs.Config) -> Callable[..., configs.Config]:
    """Gives prod's configuration with notifiers."""

    def told(*notifiers: dict[str, Any]) -> configs.Config:
        values = json.loads(prod.model_dump_json())
        return configs.parse({**values, "notify": {"timeout_s": 5, "notifiers": list(notifiers)}})

    return told


def _compiled(config: configs.Config) -> dict[str, Any]:
    return preview.compiled(config, LAST, None, preview.stand_in_champion(config))


@pytest.mark.parametrize("notifiers", [(), (ONLY_HERE,)])
def test_a_job_that_can_reach_nobody_has_no_such_step(telling, job, notifiers: tuple[dict[str, Any], ...]):
    compiled = _compiled(telling(*notifiers))
    assert set(dict(tasks(compiled["pipelineSpec"]))) == NODES
    assert compiled["pipelineSpec"] == job["pipelineSpec"]


@pytest.fixture
def with_handler(telling, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("PLANTED_VARIABLE", f"https://example.com/{SECRET}")
    return _compiled(telling(IN_CLOUD, ONLY_HERE, {"type": "log"}))


def test_a_job_with_the_step_passes_every_check_and_keeps_its_limits(with_handler, job, prod):
    assert [(result.check, result.faults) for result in check_job(with_handler) if not result.passed] == []
    spec, before = with_handler["pipelineSpec"], job["pipelineSpec"]
    steps = {name: task for name, task in tasks(spec) if container_of(task, spec)}
    assert set(steps) == NODES - {"Champion"} | {NOTIFY}
    of_tasks = dict(tasks(before))
    for name in NODES - {"Champion"}:
        assert container_of(steps[name], spec) == container_of(of_tasks[name], before)
        assert steps[name]["cachingOptions"] == of_tasks[name]["cachingOptions"]
    command = container_of(steps[NOTIFY], spec)["command"]
    assert command[:3] == ["timeout", "--kill-after=30", str(prod.cloud.step(NOTIFY).timeout_minutes * 60)]
    assert container_of(steps[NOTIFY], spec)["resources"]["cpuLimit"] == 2.0
    assert steps[NOTIFY]["cachingOptions"] == {}
    assert steps[NOTIFY]["triggerPolicy"]["strategy"] == "ALL_UPSTREAM_TASKS_COMPLETED"


def test_the_job_holds_references_to_those_whom_it_can_reach_and_no_secret(with_handler):
    parameters = dict(tasks(with_handler["pipelineSpec"]))[NOTIFY]["inputs"]["parameters"]
    targets = json.loads(parameters["targets"]["runtimeValue"]["constant"])
    assert [target["settings"] for target in targets] == [
        {"url": "secret:projects/p/secrets/s/versions/1", "shape": "teams"},
        {},
    ]
    assert SECRET not in json.dumps(with_handler)


def test_steps_beside_the_exit_handler_are_the_run_s_stages_in_the_lineage(with_handler, prod):
    spec = with_handler["pipelineSpec"]
    names = [*dict(tasks(spec)), "flights-1"]
    details = [{"taskId": n, "taskName": name, "state": "SUCCEEDED"} for n, name in enumerate(names, start=1)]
    message = json_format.ParseDict(
        {
            "name": "projects/1/locations/r/pipelineJobs/flights-1",
            "state": "PIPELINE_STATE_SUCCEEDED",
            "pipelineSpec": spec,
            "jobDetail": {"taskDetails": details},
        },
        api.PipelineJob.pb()(),
    )
    run = lineage.VertexStore(prod.name, prod.cloud)._run(api.PipelineJob.wrap(message))
    assert {stage.name for stage in run.stages} == NODES | {NOTIFY}


@pytest.fixture
def execute(telling, tmp_path: Path) -> Callable[..., tuple[Run, str]]:
    """Runs a small graph with the step, as Vertex AI would; gives the run and what the step printed."""

    def run(capfd: pytest.CaptureFixture[str], *nodes: BaseNode) -> tuple[Run, str]:
        root = str(tmp_path / "root")
        launch = resolve_launch(telling({"type": "log"}, IN_CLOUD), until=None, champion=None)
        handler = exit_handler(launch, RunPaths(root, "schema", "served"))
        graph = Pipeline(pipeline_name="small", pipeline_root=root, components=[*nodes], enable_cache=False)
        job = compile_pipeline(graph, "image", handler)
        store = tmp_path / "metadata.sqlite"
        runner = KfpLocalRunner(sqlite_config(store), Progress(io.StringIO()), isolate=False)
        capfd.readouterr()
        runner.run(job, "run-1", {})
        return open_store(store).runs()[-1], capfd.readouterr().err

    return run


@pytest.mark.parametrize(("how", "kind"), [(None, "run-stopped"), ("raise", "run-failed")])
def test_the_step_tells_however_the_others_ended_and_its_own_faults_fail_nothing(
    execute, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    how: str | None, kind: str,
):  # fmt: skip
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/no/such/file")
    nodes = [Fail(how=how)] if how else [Note(text="fine", seen=str(tmp_path / "seen"))]
    run, printed = execute(capfd, *nodes)
    assert run.state == ("failed" if how else "succeeded")
    assert run.stage(NOTIFY).state == "complete"
    told, *how_it_went = [line for line in printed.splitlines() if line.startswith("notify: ")]
    assert f": {kind}: flights: " in told
    assert "run run-1, window 2013-01-05 … 2013-01-10" in told
    assert how_it_went == [
        "notify: log: sent",
        f"notify: webhook (teams): {IN_CLOUD['url']} cannot be read: DefaultCredentialsError",
    ]
