"""A champion that was reset is served and recorded as before, and no candidate is compared with it."""

import dataclasses
import re
from pathlib import Path

import click
import pytest
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline.errors import UserError
from pipeline.launch import job_shapes
from pipeline.launch.champion import Champion, ReleaseRecordError, Reset
from pipeline.launch.graph_inputs import graph_inputs
from pipeline.launch.launch import is_same, job_id
from pipeline.lineage import resets
from pipeline.lineage.champion import champion_of
from pipeline.lineage.mlmd import open_store, sqlite_config
from pipeline.lineage.models import from_runs
from pipeline.runners.workspace import Workspace
from tests.pipeline.launch.test_champion import RECORD
from tests.pipeline.launch.test_launch import champion as a_champion
from tests.pipeline.launch.test_launch import launch

RESET = Reset("wrong labels in May", "Ada", "2026-03-10T09:00:00+00:00")


def workspace(root: Path) -> Workspace:
    """A workspace in which run-7 released 1.0.7."""
    place = Workspace(root)
    place.prepare()
    store = metadata_store.MetadataStore(sqlite_config(place.metadata))
    types = {name: store.put_context_type(mlmd.ContextType(name=name)) for name in ("pipeline_run", "node")}
    pushed = store.put_artifact_type(mlmd.ArtifactType(name="PushedModel"))
    ran = store.put_execution_type(mlmd.ExecutionType(name="Release"))
    record = mlmd.Artifact(type_id=pushed, uri=f"{root}/artifacts/Release/release/1")
    for key, value in RECORD.items():
        kind = "int_value" if isinstance(value, int) else "string_value"
        setattr(record.custom_properties[key], kind, value)
    event = mlmd.Event(type=mlmd.Event.OUTPUT)
    event.path.steps.add().key = "release"
    event.path.steps.add().index = 0
    contexts = [
        mlmd.Context(type_id=types["pipeline_run"], name="run-7"),
        mlmd.Context(type_id=types["node"], name="flights.Release"),
    ]
    execution = mlmd.Execution(type_id=ran, last_known_state=mlmd.Execution.COMPLETE)
    store.put_execution(execution, [(record, event)], contexts)
    return place


def call(*arguments: str) -> str:
    """Calls the command line, and returns what it prints."""
    from click.testing import CliRunner

    from pipeline.cli.commands import evergreen

    result = CliRunner().invoke(evergreen, list(arguments), standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.output


def test_a_reset_is_written_on_the_release_and_changes_nothing_else(tmp_path: Path):
    place = workspace(tmp_path)
    store = open_store(place.metadata)
    before = champion_of(from_runs(store.runs()))
    assert before.reset is None
    assert resets.write(store, from_runs(store.runs()), RESET, "here") == "1.0.7"
    assert champion_of(from_runs(open_store(place.metadata).runs())) == dataclasses.replace(
        before, reset=RESET
    )


def test_a_champion_is_reset_once(tmp_path: Path):
    store = open_store(workspace(tmp_path).metadata)
    resets.write(store, from_runs(store.runs()), RESET, "here")
    with pytest.raises(
        UserError, match=r"^champion 1\.0\.7 is reset already: wrong labels in May \(Ada, 2026-03-10\)"
    ):
        resets.write(store, from_runs(store.runs()), dataclasses.replace(RESET, reason="again"), "here")
    assert champion_of(from_runs(store.runs())).reset == RESET


def test_the_commands_reset_and_show_the_champion(tmp_path: Path):
    place = workspace(tmp_path)
    at = f"root={tmp_path}"
    assert "reset       no" in call("champion", "show", "--set", at)
    said = call("champion", "reset", "--reason", "wrong labels", "--by", "Ada", "--set", at)
    assert re.search(r"champion 1\.0\.7 is reset: wrong labels \(Ada, \d{4}-\d\d-\d\d\)", said)
    assert "reset       wrong labels (Ada" in call("champion", "show", "--set", at)
    with place.lock(), pytest.raises(UserError, match="a run is already using"):
        call("champion", "reset", "--reason", "wrong labels", "--by", "Ada", "--set", at)


def test_without_a_champion_there_is_nothing_to_reset_and_nothing_is_written(tmp_path: Path):
    at = f"root={tmp_path / 'none'}"
    assert "no champion yet" in call("champion", "show", "--set", at)
    with pytest.raises(UserError, match=r"there is no champion in .*none, so there is nothing to reset"):
        call("champion", "reset", "--reason", "wrong labels", "--by", "Ada", "--set", at)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("reason", ["", "  ", "--by"])
def test_a_blank_reason_is_none(tmp_path: Path, reason: str):
    from pipeline.errors import ConfigError

    with pytest.raises((ConfigError, click.UsageError)):
        call("champion", "reset", f"--reason={reason}", "--by", "Ada", "--set", f"root={tmp_path}")


def test_a_launch_does_not_compare_with_a_champion_that_was_reset():
    kept, reset = a_champion(), dataclasses.replace(a_champion(), reset=RESET)
    now = launch(champion=reset)
    assert launch(champion=kept).incomparable is None
    assert now.incomparable == "champion 1.0.1 was reset: wrong labels in May (Ada, 2026-03-10)"
    assert now.record()["champion"] == "1.0.1"
    assert (job_shapes.shape(now), job_shapes.imports(now)) == ("alone", {})
    assert '"on_overlap":"allow"' in graph_inputs(now)["model_gate"]
    assert job_id(now) != job_id(launch(champion=kept))


def test_a_launch_that_a_gate_stopped_is_another_one_after_a_reset():
    kept, reset = a_champion(), dataclasses.replace(a_champion(), reset=RESET)
    stopped = launch(champion=kept).record()
    assert is_same(stopped, None, launch(champion=kept))
    assert not is_same(stopped, None, launch(champion=reset))
    again = launch(champion=reset).record()
    assert is_same(again, None, launch(champion=reset))
    assert not is_same(again, None, launch(champion=kept))


def test_a_reset_that_cannot_be_read_is_no_reset_that_is_passed_over():
    with pytest.raises(ReleaseRecordError, match="has the reset 'so'; expected JSON"):
        Champion.from_release({**RECORD, "reset": "so"}, "run-7")
    assert Champion.from_release({**RECORD, "reset": RESET.as_json()}, "run-7").reset == RESET
