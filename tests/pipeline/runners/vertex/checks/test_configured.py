"""`evergreen check`: no value of a compiled job can be dropped, changed or added unseen."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline.cli.commands import evergreen
from pipeline.config import load as configs
from pipeline.errors import STOPPED
from pipeline.runners.kfp.job_file import write_job
from pipeline.runners.vertex import preview
from pipeline.runners.vertex.checks import configured
from pipeline.runners.vertex.checks.all_checks import check_job

Where = tuple[str | int, ...]
IN_TEXT = "(JSON)"
NOTIFIERS = '[{type: webhook, url: "secret:projects/p/secrets/s/versions/1", shape: teams}]'
GIVEN = ("train_spans", "eval_spans", "calendar", "baseline", "answers", "champion_files")

# What a job alone cannot show: the end of a path, how it is mutated, and why it passes.
PASSES = {
    ("DataGate", "baseline", "changed"): "where the champion's data profile is, only its release knows",
    ("Evaluator", "answers", "changed"): "where the profile of its answers is, likewise",
    ("ExampleGen", "path", "changed"): "the file's name: ExampleGen refuses any other content",
    ("launch_champion", "changed"): "the champion's version, which no step is given",
    ("launch_source", "changed"): "the version of the code, which no step is given",
    ("launch_config", "Notify", "dropped"): "the machine of a step that this job does not have",
    ("launch_config", "Notify", "timeout_minutes", "changed"): "likewise",
    ("launch_config", "accept_unknown", "added"): "silences a warning; the job is the same",
}


def _mutants(value: Any, path: Where = ()) -> Iterator[tuple[Where, str]]:
    """Drops, changes and adds each value in place, one at a time, also in texts that are JSON.

    Yields:
      Where and how; the value is as it was when the next one is taken.
    """
    items: list[tuple[Any, Any]]
    if isinstance(value, dict):
        items = [*value.items()]
        value["further"] = "x"
        yield (*path, "further"), "added"
        del value["further"]
    else:
        items = [*enumerate(value)]
        value.append("x")
        yield path, "added"
        value.pop()
    for key, child in items:
        here = (*path, key)
        saved = value.copy()
        del value[key]
        yield here, "dropped"
        value.clear()
        value.update(saved) if isinstance(value, dict) else value.extend(saved)
        if isinstance(child, dict | list):
            yield from _mutants(child, here)
            continue
        value[key] = _other(child)
        yield here, "changed"
        for inner, text, how in _mutants_in_text(child, here):
            value[key] = text
            yield inner, how
        value[key] = child


def _mutants_in_text(text: object, here: Where) -> Iterator[tuple[Where, str, str]]:
    try:
        inner = json.loads(text) if isinstance(text, str) and text[:1] in ("{", "[") else None
    except ValueError:
        return
    if inner is not None:
        for path, how in _mutants(inner, (*here, IN_TEXT)):
            yield path, json.dumps(inner), how


def _other(value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}x" if isinstance(value, str) else "x"


def _is_of_cloud_alone(path: Where) -> bool:
    """Whether a path is not in the configuration, or in its section `cloud`, which the job comes from."""
    return "launch_config" not in path or IN_TEXT not in path or "cloud" in path


def _reason(path: Where, how: str) -> str | None:
    said = {*path, how}
    return next((reason for ends, reason in PASSES.items() if said.issuperset(ends)), None)


def _is_of_the_record(path: Where) -> bool:
    """Whether the job to compare with is made of this value."""
    return "runtimeConfig" in path or ("constant" in path and not {"Champion", *GIVEN}.isdisjoint(path))


def test_each_value_that_is_dropped_changed_or_added_is_noticed(
    job: dict[str, Any], compiled: dict[str, Any]
):
    trials, unseen, used = 0, [], set()
    for path, how in _mutants(job):
        if not _is_of_cloud_alone(path):
            continue
        trials += 1
        if _is_of_the_record(path):
            noticed = not configured.check(job).passed
        else:  # it makes the same job: compiled once
            noticed = any(True for _ in configured.differences(job, compiled))
        if not noticed:
            reason = _reason(path, how)
            used.add(reason)
            unseen += [] if reason else [(path, how)]
    assert unseen == []
    assert trials > 2500
    assert used == {*PASSES.values()}, "an exception that nothing needs"


def _at(job: Any, path: Where) -> Any:
    for part in path:
        job = job[part]
    return job


TASKS, EXECUTORS = ("pipelineSpec", "root", "dag", "tasks"), ("pipelineSpec", "deploymentSpec", "executors")
TRANSFORM = (*EXECUTORS, "Transform_executor", "container")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            ("serviceAccount",),
            "evergreen-training@my-evergreen-prod.iam.gserviceaccount.com",
            "job: serviceAccount is 'evergreen-training@my-evergreen-prod.iam.gserviceaccount.com'; by its "
            "configuration it is 'evergreen-pipeline@my-evergreen-prod.iam.gserviceaccount.com'",
        ),
        (("labels", "team"), "others", "job: labels.team is 'others'; by its configuration it is 'flights'"),
        (
            (*TRANSFORM, "image"),
            "us-central1-docker.pkg.dev/my-evergreen-dev/evergreen/pipeline:0.2.0",
            "Transform: executors.container.image is ",
        ),
        (
            (*TRANSFORM, "resources", "cpuLimit"),
            4.0,
            "Transform: executors.container.resources.cpuLimit is 4",
        ),
        (
            (*TASKS, "Trainer", "cachingOptions"),
            {},
            "Trainer: tasks.cachingOptions.enableCache is missing; by its configuration it is True",
        ),
        (
            (*TASKS, "DataGate", "retryPolicy", "maxRetryCount"),
            4,
            "DataGate: tasks.retryPolicy.maxRetryCount is 4; by",
        ),
    ],
)
def test_a_value_that_google_would_take_is_named_with_what_was_expected(
    job: dict[str, Any], path: Where, value: object, message: str
):
    _at(job, path[:-1])[path[-1]] = value
    said = [f"{fault.where}: {fault.what}" for fault in configured.check(job).faults]
    assert len(said) == 1
    assert said[0].startswith(message)


def test_an_option_that_is_gone_or_added_is_named_by_itself(job: dict[str, Any]):
    arguments = _at(job, (*TRANSFORM, "args"))
    arguments.remove("--no_use_public_ips")
    (fault,) = configured.check(job).faults
    assert fault.what == (
        "executors.container.args lacks '--no_use_public_ips', which its configuration says"
    )
    arguments += ["--no_use_public_ips", "--use_public_ips"]
    assert [fault.what for fault in configured.check(job).faults] == [
        "executors.container.args has '--use_public_ips', which its configuration does not say"
    ]


@pytest.mark.parametrize(
    "record",
    ["", "{}", '{"cloud": null}', "[" * 5000 + "]" * 5000, None],
    ids=["empty", "no keys", "no cloud", "nested", "missing"],
)
def test_a_job_whose_configuration_cannot_be_read_has_not_passed(job: dict[str, Any], record: str | None):
    values = job["runtimeConfig"]["parameterValues"]
    values["launch_config"] = record
    if record is None:
        del values["launch_config"]
    (fault,) = configured.check(job).faults
    assert fault.what.startswith("its record, launch_*, makes no job")


def test_a_value_of_a_type_that_no_job_has_ends_in_a_fault_of_each_check(job: dict[str, Any]):
    job["pipelineSpec"]["components"]["Trainer"] = ["x"]
    job["labels"] = 7
    job["pipelineSpec"]["root"]["dag"]["tasks"]["Pusher"] = None
    results = check_job(job)
    assert not any(result.passed for result in results)


@pytest.mark.parametrize(
    "settings",
    [
        {"split.eval_fraction": "0.2"},
        {"cloud.trainer": "null"},
        {"cloud.beam.runner": "step"},
        {"cloud.network": "null", "cloud.kms_key": "null", "cloud.beam.subnetwork": "null"},
        {"notify.notifiers": NOTIFIERS},
        {"data.label_delay_days": "1"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_every_kind_of_configuration_is_compiled_again_to_the_same_job(settings: dict[str, str], days: Path):
    window = {"window.days": "6", "window.eval_days": "2", "training.validation_days": "3"}
    config = configs.load("prod", {"data.source": str(days), **window, **settings})
    for job in preview.jobs_by_shape(config, None, None).values():
        assert configured.check(job).faults == ()


def test_a_champion_that_was_reset_or_is_ignored_is_part_of_the_record(prod: configs.Config):
    ignoring = preview.compiled(prod, None, "other labels", preview.stand_in_champion(prod))
    assert configured.check(ignoring).faults == ()
    ignoring["runtimeConfig"]["parameterValues"]["launch_ignore_champion"] = ""
    assert configured.check(ignoring).faults


def test_the_command_names_the_value_in_a_file(job: dict[str, Any], tmp_path: Path):
    arguments = _at(job, (*TRANSFORM, "args"))
    arguments[arguments.index("--worker_machine_type=n1-standard-4")] = "--worker_machine_type=n1-standard-8"
    write_job(job, tmp_path, "planted")
    done = CliRunner().invoke(
        evergreen, ["check", "--job", str(tmp_path / "planted.json")], standalone_mode=False
    )
    assert done.return_value == STOPPED
    assert "is '--worker_machine_type=n1-standard-8'; by its configuration it is " in done.stdout
