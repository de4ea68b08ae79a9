"""`evergreen check`: every name of a compiled job that is removed or changed is noticed, and named."""

import copy
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from pipeline.config import load as configs
from pipeline.runners.kfp.checks.result import as_lines, as_values
from pipeline.runners.vertex import preview
from pipeline.runners.vertex.checks import configured, requests
from pipeline.runners.vertex.checks.all_checks import CHECKS, check_job

REMOVE = object()
Path = tuple[str | int, ...]


def faults(job: dict[str, Any], without: ModuleType | None = None) -> list[str]:
    results = (each.check(job) for each in CHECKS if each is not without)
    return [f"{fault.where}: {fault.what}" for result in results for fault in result.faults]


@pytest.mark.parametrize("name", [each for each in configs.available() if each != "local"])
def test_every_configuration_that_ships_passes_with_and_without_a_champion(name: str, days):
    window = {"window.days": "6", "window.eval_days": "2", "training.validation_days": "3"}
    config = configs.load(name, {"data.source": str(days), **window})
    for job in preview.jobs_by_shape(config, None, None).values():
        assert faults(job) == []
        assert all(result.looked_at for result in check_job(job))
        assert all(result.passed for result in check_job(job))


# Mappings whose keys are names, and fields whose values are.
KEYED = ("tasks", "components", "executors", "artifacts", "parameters", "parameterValues")
VALUED = ("executorLabel", "producerTask", "outputArtifactKey", "condition")
LISTED = {"dependentTasks": slice(None), "args": slice(0, 6), "command": slice(3, 6)}
FUNCTIONS = ("run_fn", "preprocessing_fn")


def _names(value: Any, path: Path = ()) -> Iterator[tuple[str, Path]]:
    """Every name in a job: `key` or `value`, and where it stands."""
    for key, child in value.items() if isinstance(value, dict) else ():
        here = (*path, key)
        if path and path[-1] in KEYED:
            yield "key", here
        if key in VALUED or path[-1:] == ("componentRef",) or (len(path) > 1 and path[-2] in FUNCTIONS):
            yield "value", here
        if key in LISTED:
            yield from (("value", (*here, position)) for position in range(len(child))[LISTED[key]])
        yield from _names(child, here)


def _at(job: Any, path: Path) -> Any:
    for part in path:
        job = job[part]
    return job


def _spoiled(job: dict[str, Any], path: Path, how: object) -> dict[str, Any]:
    """A copy with one key or value renamed or removed."""
    spoiled = copy.deepcopy(job)
    parent, last = _at(spoiled, path[:-1]), path[-1]
    if how is REMOVE:
        del parent[last]
    elif how == "key":
        parent[f"{last}_renamed"] = parent.pop(last)
    else:
        parent[last] = f"{parent[last]}_renamed"
    return spoiled


def _is_named(path: Path, said: list[str]) -> bool:
    """Whether a fault says which name it is about, or at which task, component or executor it stands."""
    words = {part for part in path[2:] if isinstance(part, str)} - {*KEYED, *VALUED, *LISTED, "root", "dag"}
    return any(word.removesuffix("_executor") in line for word in words for line in said)


# An optional output that nothing reads: TFX compiles it, a job without it is whole.
HARMLESS = ("Transform", "outputDefinitions", "artifacts", "updated_analyzer_cache")


@pytest.mark.slow
def test_each_name_that_is_removed_or_renamed_is_caught_and_named(compiled):
    """Every reference, parameter, executor and dotted name of the job, one at a time.

    Without the comparison with what its record makes, which notices each and costs a compilation.
    """
    trials = [(path, how) for kind, path in _names(compiled) for how in (kind, REMOVE)]
    missed = [
        (path, "removed" if how is REMOVE else "renamed", said)
        for path, how in trials
        if not (how is REMOVE and path[2:] == HARMLESS)
        and not _is_named(path, said := faults(_spoiled(compiled, path, how), without=configured))
    ]
    assert len(trials) > 600
    assert missed == []


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("runtimeConfig", "gcsOutputDirectory"), REMOVE, "gcsOutputDirectory is missing"),
        (("pipelineSpec", "schemaVersion"), "2.0.0", "schemaVersion is '2.0.0', not 2.1.0"),
        (("pipelineSpec", "rooot"), {}, 'no field named "rooot"'),
        (("serviceAcount",), "x", 'no field named "serviceAcount"'),
        (("pipelineSpec", "deploymentSpec", "executor"), {}, 'no field named "executor"'),
    ],
)
def test_each_level_is_parsed_strictly(job, path, value, message: str):
    parent = _at(job, path[:-1])
    if value is REMOVE:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    assert any(message in line for line in faults(job)), faults(job)


def _custom(job, task: str) -> dict[str, Any]:
    source = job["pipelineSpec"]["root"]["dag"]["tasks"][task]["inputs"]["parameters"]["custom_config"]
    return source["runtimeValue"]


@pytest.mark.parametrize(
    ("find", "replace", "message"),
    [
        ('"machine_type"', '"machine_tipe"', 'no field named "machine_tipe"'),
        ("NVIDIA_TESLA_T4", "NVIDIA_TESLA_T5", "NVIDIA_TESLA_T5"),
        ('"accelerator_count": 1', '"accelerator_count": 3', "cannot have 3 NVIDIA_TESLA_T4"),
        (
            '"ai_platform_enable_vertex": true',
            '"ai_platform_enable_vertex": false',
            "AI Platform",
        ),
        ('"timeout": "10200s"', '"timeout": "long"', "timeout"),
        ("ai_platform_training_args", "ai_platform_training", "ai_platform_training_args is missing"),
    ],
)
def test_a_custom_job_that_the_api_would_refuse_is_named(job, find: str, replace: str, message: str):
    runtime = _custom(job, "Trainer")
    assert find in runtime["constant"]
    runtime["constant"] = runtime["constant"].replace(find, replace)
    assert any(line.startswith("Trainer: ") and message in line for line in faults(job)), faults(job)


@pytest.mark.parametrize(
    ("find", "replace", "message"),
    [
        ('"parent": "projects/', '"parent": "project/', "not projects/PROJECT/locations/REGION"),
        ('"model_id": "flights"', '"model_id": ""', "lacks model_id"),
        ('"min_replicas": 2', '"min_replicas": "two"', "cannot be put into the API's messages"),
    ],
)
def test_a_deployment_that_the_api_would_refuse_is_named(job, find: str, replace: str, message: str):
    tasks = job["pipelineSpec"]["root"]["dag"]["tasks"]
    runtime = tasks["Settle"]["inputs"]["parameters"]["deployment"]["runtimeValue"]
    assert find in runtime["constant"]
    runtime["constant"] = runtime["constant"].replace(find, replace)
    assert any(line.startswith("Settle: ") and message in line for line in faults(job)), faults(job)


def test_an_upload_that_the_api_would_refuse_is_named(job):
    runtime = _custom(job, "Pusher")
    runtime["constant"] = runtime["constant"].replace('"model_id": "flights"', '"model_id": ""')
    assert "Pusher: vertex_deployment lacks model_id" in faults(job)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1.5, "is 1.5, which is no STRING"),
        (True, "is True, which is no STRING"),
    ],
)
def test_a_value_of_the_wrong_type_is_named(job, value, message: str):
    tasks = job["pipelineSpec"]["root"]["dag"]["tasks"]
    tasks["ExampleGen"]["inputs"]["parameters"]["data_format"]["runtimeValue"]["constant"] = value
    assert f"ExampleGen: parameter 'data_format' {message}" in faults(job)


def test_a_step_without_a_timeout_or_a_machine_is_named(job):
    container = job["pipelineSpec"]["deploymentSpec"]["executors"]["Trainer_executor"]["container"]
    container["command"] = container["command"][3:]
    del container["resources"]
    said = faults(job)
    assert any(line.startswith("Trainer: has no timeout") for line in said)
    assert any(line.startswith("Trainer: has no machine") for line in said)


def test_a_step_that_is_tried_again_otherwise_than_configured_is_named(job):
    tasks = job["pipelineSpec"]["root"]["dag"]["tasks"]
    del tasks["Transform"]["retryPolicy"]["backoffDuration"]
    tasks["DataGate"]["retryPolicy"]["maxRetryCount"] = 9
    tasks["Pusher"]["retryPolicy"] = {"maxRetryCount": 1}
    said = faults(job)
    for line in (
        "Transform: retryPolicy.backoffDuration is missing: it would be tried again at once",
        "DataGate: tasks.retryPolicy.maxRetryCount is 9; by its configuration it is 1",
    ):
        assert line in said
    assert any(
        line.startswith("Pusher: is tried again after a failure (retryPolicy): its copy") for line in said
    )


def test_a_custom_job_that_would_outlive_its_step_is_named(job):
    container = job["pipelineSpec"]["deploymentSpec"]["executors"]["Trainer_executor"]["container"]
    container["command"][2] = "10200"
    said = "Trainer: its custom job may take 10200 s and the step 10200 s: it would outlive the step"
    assert said in faults(job)


def test_a_check_that_looked_at_nothing_has_not_passed():
    assert not any(result.passed for result in check_job({}))


def test_the_table_shows_every_check_and_every_fault(job):
    job["pipelineSpec"]["components"].pop("Release")
    lines = list(as_lines(check_job(job)))
    assert sum("checked" in line for line in lines) == len(CHECKS)
    assert any("Release: component 'Release' is not defined" in line for line in lines)
    assert json.dumps(as_values(check_job(job)))


@pytest.mark.parametrize(
    ("executor", "judged"),
    [
        (requests.TRAINER, 1),
        (f"{requests.TRAINER}OfOurs", 0),
        (f"{requests.TFX_TRAINERS}.GenericExecutor", 1),
        (f"{requests.TFX_TRAINERS}s.GenericExecutor", 0),
        (f"{requests.TFX_TRAINERS}.further.Executor", 0),
    ],
)
def test_an_executor_is_known_by_its_whole_name(job, executor: str, judged: int):
    for each in job["pipelineSpec"]["deploymentSpec"]["executors"].values():
        args = each.get("container", {}).get("args", [])
        others = {requests.PUSHER: "another", requests.SETTLE: "another"}
        args[:] = [{requests.TRAINER: executor, **others}.get(arg, arg) for arg in args]
    assert requests.check(job).looked_at == judged
