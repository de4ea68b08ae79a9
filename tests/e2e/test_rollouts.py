"""A rollout by the real commands: by stages, turned back, by hand, and through kills of all that runs."""

from __future__ import annotations

import dataclasses
import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.lineage.events import State
from pipeline.lineage.mlmd_registry import MlmdRegistry
from pipeline.lineage.models import Models
from pipeline.lineage.rollout_moves import SERVER
from pipeline.lineage.rollouts import rollouts_of
from serving.traffic.split import gets_candidate
from tests.e2e.altered_models import as_good, not_a_number, release_altered
from tests.e2e.conftest import EVERGREEN, Project
from tests.e2e.processes import running, serving
from tests.e2e.replay import Replay, requests_of
from tests.e2e.test_release import _copy

pytestmark = pytest.mark.e2e

STAGES = "[{share: 0, requests: 150}, {share: 0.2, requests: 100}, {share: 0.5, requests: 200}]"
SHADOW = 1  # the first stage
# On a machine that does much else calls of one version may well take longer than the other's.
SETTINGS = {
    "rollout.stages": STAGES,
    "rollout.guards.slow_factor": "30",
    "rollout.guards.slow_baseline": "50",
}
CLIENTS = [f"client-{number}" for number in range(120)]
WRITTEN_S = 1.3  # after so long at the latest a server has written what it saw


@pytest.fixture(scope="module")
def deployed(green: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """1.0.1 is live; 1.0.2, as good, and 1.0.3, which answers NaN, wait. Tests copy it."""
    project = _copy(green, tmp_path_factory.mktemp("rollouts"))
    release_altered(project.workspace, 2, as_good)
    release_altered(project.workspace, 3, not_a_number)
    return dataclasses.replace(project, settings={**project.settings, **SETTINGS})


@pytest.fixture
def project(deployed: Project, tmp_path: Path) -> Project:
    return _copy(deployed, tmp_path)


def rollout(project: Project, *arguments: str) -> str:
    done = project.call(*arguments, program=(str(EVERGREEN), "rollout"))
    assert done.returncode == 0, done.stderr
    return done.stdout


def controlling(project: Project) -> Any:
    return running(project, "run", "--every", "0.5s", program=(str(EVERGREEN), "rollout"))


def registered(project: Project) -> Models:
    return MlmdRegistry(project.workspace).read()


def state_at(url: str) -> dict[str, Any]:
    """What a server knows of the rollout under way; empty where there is none."""
    with urllib.request.urlopen(f"{url}/rollout", timeout=30) as answer:
        return json.load(answer)["rollout"] or {}


def as_long_as(holds: Callable[[], object]) -> Iterator[None]:
    """Goes on while something holds, for two minutes at most."""
    until = time.monotonic() + 120
    while holds():
        assert time.monotonic() < until
        yield


def wait_until(holds: Callable[[], object]) -> None:
    for _ in as_long_as(lambda: not holds()):
        time.sleep(0.05)


def candidate_is_loaded(url: str) -> bool:
    return bool(state_at(url).get("candidate_loaded"))


def dealt(replay: Replay, keys: list[str] = CLIENTS) -> set[str]:
    """The clients that have the candidate's answer; every other one has the champion's."""
    time.sleep(0.5)  # for all else that runs here
    return {answered.key for answered in replay.ask(keys) if answered.version != 1}


def test_a_candidate_goes_live_by_stages_though_server_and_controller_are_killed(
    project: Project, flights: Path
) -> None:
    rows = requests_of(flights / "2013-02-11.csv", 40)
    with serving(project) as (url, server), controlling(project) as controller:
        rollout(project, "start", "1.0.2", "--reason", "as good")
        wait_until(lambda: candidate_is_loaded(url))
        id_ = state_at(url)["id"]
        replay = Replay(url, rows, (1, 2))
        theirs = {key for key in CLIENTS if gets_candidate(id_, key, 0.2)}
        heard = set[str]()
        for _ in as_long_as(lambda: state_at(url)["stage"] == SHADOW):
            assert not heard, "nobody hears a shadow"
            heard = {*dealt(replay)}  # the last of them may do so
        heard = dealt(replay)
        assert heard == theirs
        time.sleep(WRITTEN_S)
        before = state_at(url)["requests"]["candidate"]
        dealt(replay, CLIENTS[:20])
        server.kill()
        controller.kill()
        assert (replay.lost, server.wait(), controller.wait()) == ([], -9, -9)
    with serving(project) as (url, _):
        wait_until(lambda: candidate_is_loaded(url))
        replay = Replay(url, rows, (1, 2))
        after = state_at(url)["requests"]["candidate"]
        assert len(theirs) <= before <= after <= before + len(theirs & {*CLIENTS[:20]})
        assert dealt(replay) == theirs
        with controlling(project):
            for _ in as_long_as(lambda: state_at(url)):
                dealt(replay)
        assert dealt(replay) == {*CLIENTS}
        assert replay.lost == []
    (ended,) = rollouts_of(registered(project))
    states = {each.version: registered(project).state(each) for each in registered(project).versions}
    assert states == {"1.0.1": State.RETIRED, "1.0.2": State.LIVE, "1.0.3": State.CANDIDATE}
    assert [step.to for step in ended.steps] == [State.SHADOW, State.CANARY, State.CANARY]


def test_a_candidate_that_answers_nan_is_quarantined_with_its_evidence_and_another_rolled_back_at_once(
    project: Project, flights: Path
) -> None:
    rows = requests_of(flights / "2013-02-11.csv", 40)
    with serving(project) as (url, _):
        rollout(project, "start", "1.0.3", "--reason", "untried")
        rollout(project, "promote", "--reason", "a test")
        wait_until(lambda: candidate_is_loaded(url))
        replay = Replay(url, rows, (1,))
        for _ in as_long_as(lambda: state_at(url)):
            assert not dealt(replay)
        assert not dealt(replay)
        (turned_back,) = rollouts_of(registered(project))
        assert turned_back.end.to is State.QUARANTINED
        assert turned_back.end.who == SERVER
        assert turned_back.end.reason.startswith("answers: ")
        (guard,) = json.loads(turned_back.end.rollout.evidence)["guards"]
        assert (guard["name"], guard["fired"]) == ("answers", True)
        assert replay.lost == []

        rollout(project, "start", "1.0.2", "--reason", "as good")
        rollout(project, "promote", "--reason", "a test")
        wait_until(lambda: candidate_is_loaded(url))
        replay = Replay(url, rows, (1, 2))
        theirs = {key for key in CLIENTS if gets_candidate(state_at(url)["id"], key, 0.2)}
        assert dealt(replay) == theirs
        rollout(project, "rollback", "--reason", "complaints")
        assert not dealt(replay), "in force on the next request"
        assert replay.lost == []
    assert rollouts_of(registered(project))[-1].end.reason == "complaints"
