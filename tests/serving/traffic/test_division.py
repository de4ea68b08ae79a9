"""Who answers while a rollout is under way, and what is counted of it."""

import dataclasses
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from serving.rollout.evidence import ANSWERS, ERRORS, StageEvidence, Sums
from serving.tensors.signature import Signature
from serving.traffic import division
from serving.traffic.division import MOST_BYTES, reads_alike, wait_for
from serving.traffic.patience import MOST_LEFT
from serving.traffic.split import gets_candidate
from tests.serving.traffic.rolling import (
    CANDIDATE,
    CHAMPION,
    HALF,
    PREVIOUS,
    QUARTER,
    SHADOW,
    SIGNATURE,
    TWENTIETH,
    PlantedModel,
    RollingServer,
    column,
    failing,
    plan_of,
    refusing,
)

KEYS = [f"client-{number}" for number in range(400)]
THEIRS = [key for key in KEYS if gets_candidate("r", key, 0.25)]
OTHERS = [key for key in KEYS if key not in THEIRS]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RollingServer]:
    server = RollingServer(tmp_path)
    server.roll(plan_of("r"), QUARTER)
    yield server
    server.stop()


def known(server: RollingServer, stage: int = QUARTER) -> StageEvidence:
    """Returns the evidence of a stage, once all that waits was asked."""
    server.predictor.stop(30)
    live = server.rollouts.current()
    assert live is not None
    return live.counts.evidence().stage(stage)


def variants(server: RollingServer) -> list[str]:
    return [record.variant for record in server.noted.records if record.variant != "shadow"]


def test_a_key_decides_who_answers_and_says_so_every_time(server: RollingServer) -> None:
    assert server.predictor.key_header == "x-key"
    for _ in range(2):
        assert [server.ask(key=key) for key in KEYS] == [2.0 if key in THEIRS else 1.0 for key in KEYS]
    assert known(server).requests["candidate"] == 2 * len(THEIRS)
    assert known(server).requests["champion"] == 2 * len(OTHERS)
    assert {r.variant for r in server.noted.records if r.version == CANDIDATE} == {"canary", "shadow"}
    assert {r.key for r in server.noted.records} == set(KEYS)


def test_a_stage_on_and_back_holds_for_the_next_request(server: RollingServer) -> None:
    key = next(key for key in THEIRS if not gets_candidate("r", key, 0.05))
    assert server.ask(key=key) == CANDIDATE
    for stage, answered_by in ((TWENTIETH, CHAMPION), (HALF, CANDIDATE), (SHADOW, CHAMPION)):
        server.roll(plan_of("r"), stage)
        assert server.ask(key=key) == answered_by
    server.roll(None)
    assert server.ask(key=key) == CHAMPION


def test_without_a_key_requests_are_dealt_out(server: RollingServer) -> None:
    random.seed(1)
    answers = [server.ask() for _ in range(1000)]
    assert answers.count(CANDIDATE) == pytest.approx(250, abs=60)


def test_a_column_of_the_first_row_is_the_key_where_no_header_is(server: RollingServer) -> None:
    server.roll(plan_of("r", column="client"), QUARTER)
    answers = [server.ask(client=key.encode()) for key in KEYS]
    assert answers == [2.0 if key in THEIRS else 1.0 for key in KEYS]
    assert server.ask(client=OTHERS[0].encode(), key=THEIRS[0]) == CANDIDATE
    random.seed(1)
    assert {server.ask(client=client) for client in (b"", None) for _ in range(100)} == {1.0, 2.0}
    server.roll(plan_of("r", header="", column="x"), QUARTER)
    numbers = [gets_candidate("r", str(float(x)), 0.25) for x in range(50)]
    assert [server.ask(x=float(x), key="ignored") == CANDIDATE for x in range(50)] == numbers


def test_a_request_is_read_once_by_each_version_that_is_asked(server: RollingServer) -> None:
    server.roll(plan_of("r", column="client"), QUARTER)
    server.predictor.stop(30)  # nothing is asked in pairs
    read: list[Signature] = []
    for key in (OTHERS[0], THEIRS[0]):
        inputs = {"x": np.zeros(1), "client": np.array([key.encode()], object)}
        server.predictor.predict(
            "m", None, SIGNATURE.name, lambda signature, inputs=inputs: read.append(signature) or inputs
        )
    assert read == [server.champion.signature("")] * 2 + [server.candidate.signature("")]


def test_a_candidate_that_goes_leaves_its_requests_to_the_champion(server: RollingServer) -> None:
    live = server.rollouts.current()
    live.candidate.unload()
    assert {server.ask(key=key) for key in KEYS} == {1.0}
    assert server.noted.records[-1].variant == "champion"


def test_who_names_a_version_gets_it_and_is_not_counted(server: RollingServer) -> None:
    server.candidate.fault = failing
    asked = [(2, "the model is broken"), ("canary", "the model is broken"), (1, 1.0), ("champion", 1.0)]
    for version, answer in [*asked, (PREVIOUS, 3.0)]:
        assert [server.ask(key=key, version=version) for key in (THEIRS[0], OTHERS[0])] == [answer] * 2
    assert set(variants(server)) == {"explicit"}
    assert known(server).requests.get("candidate", 0) == known(server).requests.get("champion", 0) == 0


@pytest.mark.parametrize("fault", [failing, refusing], ids=["fails", "refuses what the champion answers"])
def test_what_the_candidate_does_not_answer_the_champion_does(server: RollingServer, fault: object) -> None:
    server.candidate.fault = fault
    assert {server.ask(key=key) for key in [*THEIRS[:5], THEIRS[0]]} == {1.0}
    assert variants(server)[:2] == ["canary", "champion"]
    found = known(server)
    assert found.requests["candidate"] == 6
    assert found.requests["champion"] == 0  # it answered what was not its own
    assert len(found.keys(ERRORS, "candidate")) == 5  # a key counts once


def test_an_answer_that_is_no_number_is_not_given_to_a_client(server: RollingServer) -> None:
    server.candidate.shift = float("nan")
    assert server.ask(key=THEIRS[0]) == CHAMPION
    server.champion.shift = float("inf")
    assert server.ask(key=OTHERS[0]) == float("inf")
    found = known(server)
    assert [len(found.keys(ANSWERS, side)) for side in ("candidate", "champion")] == [1, 1]


def test_an_answer_out_of_the_plans_range_is_not_given_to_a_client(server: RollingServer) -> None:
    server.roll(dataclasses.replace(plan_of("r"), answer="y", answer_range=(0.0, 2.5)), QUARTER)
    assert [server.ask(x, key=THEIRS[0]) for x in (0.0, 1.0)] == [CANDIDATE, CHAMPION]
    assert server.ask(2.0, key=OTHERS[0]) == CHAMPION
    found = known(server)
    assert [len(found.keys(ANSWERS, side)) for side in ("candidate", "champion")] == [1, 1]


@pytest.mark.parametrize(
    ("judged", "guard"), [(0.0, "predictions"), (0.1, None), (0.2, "predictions")], ids=["none", "it", "more"]
)
def test_a_shift_of_a_tenth_turns_back_unless_it_was_judged(
    tmp_path: Path, judged: float, guard: str | None
) -> None:
    server = RollingServer(tmp_path)
    server.roll(dataclasses.replace(plan_of("r"), expected_shift_sd=judged), SHADOW)
    rows = {"x": np.tile([10.0, -10.0], 200)}  # a deviation of 10, and the candidate answers 1 more
    server.predictor.predict("m", None, SIGNATURE.name, lambda _: rows)
    assert known(server, SHADOW).pairs.count == 400
    server.rollouts.look()
    turned_back = server.rollouts.current().counts.turned_back
    assert (turned_back.guard if turned_back else None) == guard
    server.stop()


@pytest.mark.parametrize("stage", [SHADOW, QUARTER], ids=["shadow", "canary"])
def test_a_candidate_that_hangs_holds_up_a_few_requests_for_a_moment_and_is_turned_back(
    server: RollingServer, monkeypatch: pytest.MonkeyPatch, stage: int
) -> None:
    monkeypatch.setattr(division, "FIRST_WAIT_S", 0.05)
    server.roll(plan_of("r"), stage)
    go_on = threading.Event()
    server.candidate.fault = lambda _: go_on.wait(60)
    try:
        assert {server.ask(key=key) for key in THEIRS[:20]} == {1.0}
        assert len(known(server, stage).keys(ERRORS, "candidate")) == 20
        assert len(server.candidate.asked) == MOST_LEFT
        told = {r.code for r in server.noted.records if r.version == CANDIDATE}
        assert told == {"DEADLINE_EXCEEDED"}
        server.rollouts.look()
        assert server.rollouts.current().counts.turned_back.guard == ERRORS
    finally:
        go_on.set()


def test_the_candidate_has_a_multiple_of_the_time_that_is_slow() -> None:
    assert [wait_for(slow_ms) for slow_ms in (None, 4.0, 200.0)] == [5.0, 1.0, 4.0]


def test_what_both_refuse_is_the_clients_fault(server: RollingServer) -> None:
    server.candidate.fault = server.champion.fault = refusing
    assert {server.ask(key=key) for key in (THEIRS[0], OTHERS[0])} == {"not with me"}
    assert known(server).requests.get("candidate", 0) == known(server).requests.get("champion", 0) == 0
    assert known(server).keys(ERRORS, "candidate") == frozenset()


def test_what_the_champion_fails_is_counted_and_answered_as_without_a_rollout(server: RollingServer) -> None:
    server.champion.fault = failing
    assert server.ask(key=OTHERS[0]) == "the model is broken"
    assert len(known(server).keys(ERRORS, "champion")) == 1


def test_in_a_canary_stage_what_the_champion_answered_is_compared_in_pairs(server: RollingServer) -> None:
    for x, key in enumerate(OTHERS[:10]):
        server.ask(float(x), key=key)
    found = known(server)
    champion = [x + 1.0 for x in range(10)]
    assert found.pairs == Sums(10, 10.0, 10.0, sum(champion), sum(each**2 for each in champion))
    assert (found.requests["pairs"], found.requests["candidate"]) == (10, 0)
    assert server.noted.records[-1].variant == "shadow"


class TestShadow:
    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[RollingServer]:
        server = RollingServer(tmp_path)
        server.roll(plan_of("r"), SHADOW)
        yield server
        server.stop()

    def test_the_champion_answers_all_and_the_candidate_is_asked_the_same(
        self, server: RollingServer
    ) -> None:
        assert {server.ask(float(x), key=key) for x, key in enumerate(KEYS[:40])} == {1.0}
        found = known(server, SHADOW)
        assert found.requests == {"candidate": 40, "champion": 40, "pairs": 40}
        assert server.candidate.asked == server.champion.asked
        assert found.pairs.difference == 40

    def test_the_candidates_faults_are_counted_and_reach_nobody(self, server: RollingServer) -> None:
        faults = iter([failing, refusing, lambda _: None])
        server.candidate.fault = lambda x: next(faults)(x)
        assert [server.ask(key=key) for key in KEYS[:3]] == [1.0] * 3
        found = known(server, SHADOW)
        assert (len(found.keys(ERRORS, "candidate")), found.requests["pairs"]) == (2, 1)

    def test_what_the_champion_fails_counts_for_it_and_what_it_refuses_for_nobody(
        self, server: RollingServer
    ) -> None:
        server.champion.fault = failing
        server.ask(key=KEYS[0])
        server.champion.fault = refusing
        server.ask(key=KEYS[1])
        found = known(server, SHADOW)
        assert found.requests == {"candidate": 1, "champion": 1, "pairs": 0}
        assert len(found.keys(ERRORS, "champion")) == 1

    def test_very_large_requests_are_not_kept(self, server: RollingServer) -> None:
        rows = MOST_BYTES // 8
        text = np.array([b"a" * (MOST_BYTES - 16)], object)
        fitting = {"x": np.zeros(rows)}, {"x": np.zeros(1), "client": text}
        too_large = {"x": np.zeros(rows + 1)}, {"x": np.zeros(1), "client": text + b"a"}
        for inputs in (*fitting, *too_large):
            server.predictor.predict("m", None, SIGNATURE.name, lambda _, inputs=inputs: inputs)
        found = known(server, SHADOW)
        assert (found.requests["pairs"], found.pairs.count) == (2, rows + 1)

    def test_a_candidate_with_other_inputs_reads_the_request_by_its_own(self, server: RollingServer) -> None:
        """JSON rows are filled up with one version's defaults, which the other may not know."""
        own = Signature(SIGNATURE.name, {"x": SIGNATURE.inputs["x"]}, SIGNATURE.outputs)
        server.candidate.signatures = {SIGNATURE.name: own}
        full = {"x": np.zeros(1), "client": np.array([b""], object)}
        read = lambda signature: {name: full[name] for name in signature.inputs}  # noqa: E731
        server.predictor.predict("m", None, SIGNATURE.name, read)
        assert known(server, SHADOW).keys(ERRORS, "candidate") == frozenset()
        assert known(server, SHADOW).requests["pairs"] == 1


@pytest.mark.parametrize(
    ("changes", "alike"),
    [
        ({}, True),
        ({"outputs": {}}, True),
        ({"inputs": {"x": SIGNATURE.inputs["x"]}, "defaults": {}}, False),
        ({"inputs": {**SIGNATURE.inputs, "x": column("x", "DT_FLOAT")}}, False),
        ({"inputs": dict(reversed(SIGNATURE.inputs.items()))}, True),
        ({"defaults": {}}, False),
        ({"defaults": {"client": np.array([b"nobody"], object)}}, False),
    ],
)
def test_a_request_is_read_once_where_both_versions_read_it_alike(changes: dict, alike: bool) -> None:
    values = {"inputs": SIGNATURE.inputs, "outputs": SIGNATURE.outputs, "defaults": SIGNATURE.defaults}
    assert reads_alike(SIGNATURE, Signature(SIGNATURE.name, **{**values, **changes})) is alike


def test_a_candidate_that_cannot_be_loaded_leaves_everything_with_the_champion(tmp_path: Path) -> None:
    server = RollingServer(tmp_path)
    server.roll(plan_of("r"), HALF, {CANDIDATE: "broken"})
    assert {server.ask(key=key) for key in KEYS} == {1.0}
    assert CANDIDATE not in server.models
    assert server.predictor.rollout("m")["rollout"]["candidate_loaded"] is False
    server.stop()


def test_a_candidate_serves_nobody_beside_another_version_than_the_champion(tmp_path: Path) -> None:
    """The champion cannot be loaded, and the one before goes on: they were not meant to be compared."""
    server = RollingServer(tmp_path)
    server.roll(plan_of("r"), HALF, {CHAMPION: "broken"})
    assert {server.ask(key=key) for key in KEYS} == {3.0}
    assert server.ask(version=CANDIDATE) == CANDIDATE
    server.stop()


def test_planted_models_answer_as_they_were_told() -> None:
    assert PlantedModel(2).predict({"x": np.array([1.0])}, "")["y"].tolist() == [3.0]
