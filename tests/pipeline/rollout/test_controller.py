"""A look reads the registry and the servers' evidence, decides, and records what it decided on."""

import json
import time
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.lineage import rollout_moves
from pipeline.lineage.events import State, decided
from pipeline.lineage.rollouts import running
from pipeline.rollout.controller import Controller
from pipeline.rollout.local_door import LocalDoor
from serving.models import served_file
from serving.rollout import evidence as evidence_files
from serving.rollout.evidence import Evidence, Labelled, TurnedBack
from serving.rollout.step_rule import Kind
from tests.pipeline.rollout.deployments import Deployment, deployed, keys, later

CANARY = {"release.policy": "canary"}


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return deployed(tmp_path)


def controller(deployment: Deployment, labels=None, now=None, **overrides: str) -> Controller:
    settings = deployment.config(**{**CANARY, **overrides})
    clock = {"now": lambda: now} if now else {}
    return Controller(settings, LocalDoor(deployment.workspace), labels, **clock)


def begun(deployment: Deployment, stage: int = 0) -> str:
    """Begins the rollout of 1.0.2 and brings it into a stage; returns its id."""
    controller(deployment).look()
    rollout = running(deployment.registry.read()).id
    for index in range(stage):
        deployment.saw(rollout, index, requests={"pairs": 900, "candidate": 900})
        controller(deployment).look()
    assert running(deployment.registry.read()).stage == stage
    return rollout


def shares(deployment: Deployment) -> dict[str, float]:
    found = served_file.read(deployment.workspace.served_models("flights"))
    return {each.version: each.share for each in found.versions}


def test_a_candidate_goes_from_shadow_by_canary_stages_to_live(deployment: Deployment):
    looks = controller(deployment)
    assert looks.look().moves[0].to is State.SHADOW
    rollout = running(deployment.registry.read()).id
    assert shares(deployment) == {"1.0.1": 1.0, "1.0.2": 0.0}
    assert looks.look().moves == ()
    for index, share in enumerate((0.05, 0.5)):
        deployment.saw(rollout, index, requests={"pairs": 100, "candidate": 200 * index})
        assert looks.look().decision.kind is Kind.ADVANCE
        assert shares(deployment) == {"1.0.1": 1 - share, "1.0.2": share}
    deployment.saw(rollout, 2, requests={"candidate": 300})
    (move,) = looks.look().moves
    assert (move.to, move.who) == (State.LIVE, "evergreen rollout")
    assert deployment.states() == {"1.0.1": "retired", "1.0.2": "live"}
    assert json.loads(move.rollout.evidence)["requests"] == 300
    assert looks.look().rollout is None


def test_evidence_of_two_servers_is_summed_and_a_key_counts_once(deployment: Deployment):
    """Neither of them turns it back: together they have four failed clients, or all the requests."""
    rollout = begun(deployment, 1)
    for server, first in (("a", 0), ("b", 0)):
        bad = {"errors": {"candidate": keys(first, 3), "champion": frozenset()}}
        deployment.saw(rollout, 1, server, requests={"candidate": 99}, bad=bad)
    seen = controller(deployment).look()
    assert seen.decision.kind is Kind.HOLD
    assert "198 of 200" in seen.decision.reason
    bad = {"errors": {"candidate": keys(2, 3), "champion": frozenset()}}
    deployment.saw(rollout, 1, "b", requests={"candidate": 99}, bad=bad)
    (move,) = controller(deployment).look().moves
    assert (move.to, move.reason.split(":")[0]) == (State.QUARANTINED, "errors")
    guards = {each["name"]: each for each in json.loads(move.rollout.evidence)["guards"]}
    assert guards["errors"]["fired"]
    assert not guards["slow"]["fired"]
    assert shares(deployment) == {"1.0.1": 1.0}


def test_what_a_server_turned_back_is_booked(deployment: Deployment):
    rollout = begun(deployment, 1)
    folder = evidence_files.folder_of(deployment.workspace.served_models("flights"), rollout)
    evidence_files.write(
        folder, "a", Evidence(turned_back=TurnedBack("answers", "NaN", "2026-01-01T00:00:00Z"))
    )
    controller(deployment, now=None).look()
    assert deployment.states()["1.0.2"] == "quarantined"
    assert controller(deployment).look().moves == (), (
        "a candidate that was turned back is not rolled out again"
    )


def test_a_controller_killed_after_it_decided_decides_the_same_and_books_it_once(deployment: Deployment):
    rollout = begun(deployment)
    deployment.saw(rollout, 0, requests={"pairs": 100})

    class KilledError(Exception):
        pass

    class DiesBefore(LocalDoor):
        def decide(self, events, champion):
            raise KilledError(events, champion)

    class DiesAfter(LocalDoor):
        def decide(self, events, champion):
            super().decide(events, champion)
            raise KilledError

    for door in (DiesBefore, DiesAfter):
        with pytest.raises(KilledError):
            Controller(deployment.config(**CANARY), door(deployment.workspace)).look()
    again = [each for each in deployment.registry.read().events if each.rollout]
    assert [each.rollout.stage for each in again] == [0, 1]
    assert controller(deployment).look().moves == ()


@pytest.mark.parametrize("requests", [99, 100])
def test_of_two_controllers_that_decide_at_once_one_is_recorded(deployment: Deployment, requests: int):
    """The other one decides the same, or, with a server's newest evidence, that it turns back."""
    rollout = begun(deployment)
    deployment.saw(rollout, 0, requests={"pairs": 100})

    class Slow(LocalDoor):
        def decide(self, events, champion):
            if requests == 99:  # the faster one finds that the candidate was turned back
                deployment.saw(rollout, 0, bad={"errors": {"candidate": keys(0, 40), "champion": keys(0, 0)}})
            assert controller(deployment).look().moves
            return super().decide(events, champion)

    seen = Controller(deployment.config(**CANARY), Slow(deployment.workspace)).look()
    assert deployment.states()["1.0.2"] == ("quarantined" if requests == 99 else "canary")
    assert bool(seen.warning) == (requests == 99)
    assert len(deployment.registry.read().history("1.0.2")) == 2


def test_a_candidate_is_not_promoted_beside_a_champion_that_a_person_has_just_replaced(
    deployment: Deployment,
):
    deployment.add(3)
    deployment.registry.append(decided("1.0.2", State.LIVE, reason="r", who="release.policy"))
    controller(deployment).look()
    controller(deployment).look()
    rollout = running(deployment.registry.read()).id
    for index in range(2):
        deployment.saw(rollout, index, requests={"pairs": 100, "candidate": 200})
        controller(deployment).look()
    deployment.saw(rollout, 2, requests={"candidate": 300})

    class Slow(LocalDoor):
        def decide(self, events, champion):
            deployment.registry.append(decided("1.0.2", State.WITHDRAWN, reason="wrong", who="Ada"))
            return super().decide(events, champion)

    seen = Controller(deployment.config(**CANARY), Slow(deployment.workspace)).look()
    assert seen.warning.startswith("another decision came first: the rollout of 1.0.3 ended")
    assert deployment.states() == {"1.0.1": "live", "1.0.2": "withdrawn", "1.0.3": "candidate"}


def test_a_pause_while_a_look_is_under_way_holds(deployment: Deployment):
    rollout = begun(deployment)
    deployment.saw(rollout, 0, requests={"pairs": 100})

    class Slow(LocalDoor):
        """It scores labels for seconds, and meanwhile a person decides."""

        def decide(self, events, champion):
            models = deployment.registry.read()
            paused = rollout_moves.pause(models, running(models), True, reason="wait", who="Ada")
            deployment.registry.append(paused)
            return super().decide(events, champion)

    seen = Controller(deployment.config(**CANARY), Slow(deployment.workspace)).look()
    assert "the rollout of 1.0.2 is in stage 1, paused, since" in seen.warning
    now = running(deployment.registry.read())
    assert (now.stage, now.paused) == (0, True)
    resumed = rollout_moves.pause(deployment.registry.read(), now, False, reason="go on", who="Ada")
    deployment.registry.append(resumed)
    assert controller(deployment).look().decision.kind is Kind.ADVANCE
    assert running(deployment.registry.read()).stage == 1, "nothing that was refused is taken for recorded"


def test_traffic_that_does_not_follow_yet_is_made_to(deployment: Deployment):
    """A kill between the record of a decision and the file that servers read."""
    begun(deployment, 1)
    served_file.path_in(deployment.workspace.served_models("flights")).unlink()
    controller(deployment).look()
    assert shares(deployment) == {"1.0.1": 0.95, "1.0.2": 0.05}


@pytest.mark.parametrize(
    ("on_newer", "expected"),
    [("supersede", ("candidate", "shadow")), ("wait", ("canary", "candidate"))],
)
def test_a_newer_candidate_supersedes_or_waits(
    deployment: Deployment, on_newer: str, expected: tuple[str, str]
):
    begun(deployment, 1)
    deployment.add(3)
    controller(deployment, **{"rollout.on_newer": on_newer}).look()
    states = deployment.states()
    assert (states["1.0.2"], states["1.0.3"]) == expected
    assert states["1.0.1"] == "live"


def test_a_newer_candidate_that_waits_for_a_person_ends_nothing(deployment: Deployment):
    begun(deployment, 1)
    deployment.add(3)
    controller(deployment, **{"release.policy": "manual"}).look()
    assert deployment.states()["1.0.2"] == "canary"


def test_a_newer_candidate_begins_once_the_one_before_is_live(deployment: Deployment):
    rollout = begun(deployment, 2)
    deployment.add(3)
    looks = controller(deployment, **{"rollout.on_newer": "wait"})
    deployment.saw(rollout, 2, requests={"candidate": 300})
    looks.look()
    looks.look()
    assert deployment.states() == {"1.0.1": "retired", "1.0.2": "live", "1.0.3": "shadow"}


def test_a_persons_new_champion_ends_the_rollout(deployment: Deployment):
    deployment.add(3)
    controller(deployment).look()
    deployment.registry.append(decided("1.0.1", State.WITHDRAWN, reason="wrong", who="Ada"))
    assert controller(deployment).look().rollout is None
    assert deployment.states()["1.0.3"] == "candidate"


@pytest.mark.parametrize(
    ("then", "kind", "stage"), [("hold", Kind.HOLD, 0), ("ask", Kind.ASK, 0), ("promote", Kind.ADVANCE, 1)]
)
def test_too_little_traffic_does_what_the_configuration_says(deployment: Deployment, then, kind, stage):
    begun(deployment)
    policy = {"rollout.too_little_traffic.then": then}
    assert controller(deployment, now=later(47), **policy).look().decision.kind is Kind.HOLD
    assert controller(deployment, now=later(49), **policy).look().decision.kind is kind
    assert running(deployment.registry.read()).stage == stage


class Told:
    """Labels that say what a test says, once a span."""

    def __init__(self, loss: float | None, spans: int = 9) -> None:
        self.loss = loss
        self.spans = spans
        self.asked: list[tuple[str, ...]] = []

    def new(self, _, known):
        self.asked.append(tuple(each.day for each in known))
        if self.loss is None:
            raise UserError("the day 2026-01-03 cannot be read")
        if len(known) == self.spans:
            return ()
        day = f"2026-01-{len(known) + 1:02}"
        return (Labelled(day, 5_000, 0.75, 0.75 - self.loss, -self.loss, 0.003),)


def test_labels_that_say_the_candidate_is_worse_turn_it_back(deployment: Deployment):
    begun(deployment)
    labels = Told(0.016)
    first = controller(deployment, labels).look()
    assert first.decision.kind is Kind.HOLD
    (move,) = controller(deployment, labels).look().moves
    assert move.to is State.QUARANTINED
    assert move.reason.startswith("metric: ")
    assert labels.asked == [(), ("2026-01-01",)], "a restarted controller knows what was judged"


def test_labels_that_cannot_be_judged_are_told_and_stop_nothing(deployment: Deployment):
    rollout = begun(deployment)
    deployment.saw(rollout, 0, requests={"pairs": 100})
    seen = controller(deployment, Told(None)).look()
    assert seen.warning == "labels are not judged: the day 2026-01-03 cannot be read"
    assert seen.decision.kind is Kind.ADVANCE


def test_labels_are_asked_for_until_there_are_none_and_then_once_a_minute(deployment: Deployment):
    begun(deployment)
    labels = Told(0.0, spans=2)
    looks = controller(deployment, labels)
    for _ in range(5):
        looks.look()
    assert labels.asked == [(), ("2026-01-01",), ("2026-01-01", "2026-01-02")]


def test_evidence_that_cannot_be_read_is_named(deployment: Deployment):
    rollout = begun(deployment)
    folder = evidence_files.folder_of(deployment.workspace.served_models("flights"), rollout)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.json").write_text("{")
    with pytest.raises(UserError, match=r"a\.json holds no evidence .*move it away"):
        controller(deployment).look()


def test_a_look_takes_less_than_10_ms(deployment: Deployment):
    """Of this process' time, with 63 versions on record and 2,000 keys of each of two servers."""
    for number in range(3, 63):
        deployment.add(number)
    deployment.registry.append(decided("1.0.62", State.LIVE, reason="r", who="release.policy"))
    deployment.add(63)
    looks = controller(deployment)
    looks.look()
    rollout = running(deployment.registry.read()).id
    bad = {
        guard: {side: keys(number * 10**17, 333) for number, side in enumerate(("candidate", "champion"))}
        for guard in ("errors", "answers", "slow")
    }
    for server in "ab":
        deployment.saw(rollout, 0, server, requests={"pairs": 10}, bad=bad)
    looks.look()
    started = time.process_time()
    for _ in range(5):
        assert looks.look().decision.kind is Kind.HOLD
    assert (time.process_time() - started) / 5 < 0.010
