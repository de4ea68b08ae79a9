"""What is loaded, freed and served: each case of the rule, on plain values."""

from pathlib import Path

import pytest

from serving.models.follow_rule import (
    LONGEST_PAUSE_S,
    Failure,
    failed,
    to_answer,
    to_free,
    to_label,
    to_load,
    to_serve,
    to_try,
)
from serving.models.served_file import ServedRollout
from serving.models.wish import Wanted, Wish
from serving.rollout.plan import CANARY, RolloutPlan, Stage

ONE, TWO, THREE = (Wanted(number, Path(str(number)), "") for number in (1, 2, 3))
HIGHEST = Wish(default=(THREE, TWO, ONE))
NAMED = Wish(default=(THREE, TWO), kept=(THREE, TWO))
NOTHING = Wish()


class TestServes:
    @pytest.mark.parametrize(
        ("wish", "loaded", "served", "serves"),
        [
            (HIGHEST, [], None, None),
            (HIGHEST, [TWO], TWO, TWO),
            (HIGHEST, [TWO, THREE], TWO, THREE),
            (Wish(default=(ONE,)), [TWO], TWO, TWO),
            (NAMED, [THREE, TWO], TWO, THREE),
            (NAMED, [TWO], TWO, TWO),
            (NAMED, [TWO], None, TWO),
            (NAMED, [ONE], ONE, ONE),
            (NAMED, [ONE, TWO], ONE, TWO),
            (NAMED, [ONE], None, None),
            (NOTHING, [ONE], ONE, None),
        ],
    )
    def test_the_first_that_is_loaded_and_else_what_served(
        self, wish: Wish, loaded: list[Wanted], served: Wanted | None, serves: Wanted | None
    ) -> None:
        assert to_serve(wish, loaded, served) == serves

    def test_a_version_with_another_record_of_its_files_is_another_one(self) -> None:
        again = Wanted(3, THREE.folder, "another record")
        assert to_serve(Wish((again,), (again,)), [THREE, again], THREE) == again


class TestAnswers:
    @pytest.mark.parametrize(
        ("wish", "loaded", "served", "answers"),
        [
            (HIGHEST, [THREE, TWO], THREE, [THREE]),
            (NAMED, [THREE, TWO, ONE], THREE, [THREE, TWO]),
            (NAMED, [ONE], ONE, []),  # it goes on for those who name no version
            (NOTHING, [ONE], None, []),
        ],
    )
    def test_only_what_is_asked_for(
        self, wish: Wish, loaded: list[Wanted], served: Wanted | None, answers: list[Wanted]
    ) -> None:
        assert to_answer(wish, loaded, served) == answers


ROLLING = Wish(
    default=(TWO, ONE),
    kept=(TWO, ONE, THREE),
    rollout=ServedRollout(RolloutPlan("r", CANARY, (Stage(0.5, 9),)), 0, False, 3),
)


class TestTries:
    @pytest.mark.parametrize(
        ("wish", "loaded", "served", "tries"),
        [
            (ROLLING, [ONE, TWO, THREE], TWO, THREE),
            (ROLLING, [ONE, TWO], TWO, None),
            (ROLLING, [ONE, THREE], ONE, None),  # not the champion, but what serves in its place
            (ROLLING, [THREE], None, None),
            (NAMED, [THREE, TWO], THREE, None),
            (NOTHING, [THREE], None, None),
        ],
    )
    def test_the_candidate_beside_the_champion_if_both_are_loaded(
        self, wish: Wish, loaded: list[Wanted], served: Wanted | None, tries: Wanted | None
    ) -> None:
        assert to_try(wish, loaded, served) == tries

    def test_the_candidate_is_loaded_last_and_not_freed(self) -> None:
        assert to_load(ROLLING, [ONE, TWO], []) == THREE
        assert to_load(ROLLING, [ONE], [TWO]) == THREE
        assert to_free(ROLLING, [ONE, TWO, THREE], TWO) == []
        assert to_serve(ROLLING, [THREE], None) is None


class TestFrees:
    @pytest.mark.parametrize(
        ("wish", "loaded", "served", "frees"),
        [
            (HIGHEST, [THREE, TWO], THREE, [TWO]),
            (NAMED, [THREE, TWO, ONE], THREE, [ONE]),
            (NAMED, [ONE], ONE, []),
            (NOTHING, [ONE, TWO], None, [ONE, TWO]),
        ],
    )
    def test_what_neither_serves_nor_is_kept(
        self, wish: Wish, loaded: list[Wanted], served: Wanted | None, frees: list[Wanted]
    ) -> None:
        assert to_free(wish, loaded, served) == frees


class TestLoads:
    @pytest.mark.parametrize(
        ("wish", "loaded", "left_alone", "loads"),
        [
            (HIGHEST, [], [], THREE),
            (HIGHEST, [], [THREE], TWO),
            (HIGHEST, [TWO], [THREE], None),
            (HIGHEST, [TWO], [], THREE),
            (HIGHEST, [THREE], [], None),
            (NAMED, [TWO], [], THREE),
            (NAMED, [THREE], [], TWO),
            (NAMED, [], [THREE], TWO),
            (NAMED, [THREE, TWO], [], None),
            (NAMED, [THREE], [TWO], None),
            (NOTHING, [], [], None),
        ],
    )
    def test_first_what_would_serve_then_what_is_kept(
        self, wish: Wish, loaded: list[Wanted], left_alone: list[Wanted], loads: Wanted | None
    ) -> None:
        assert to_load(wish, loaded, left_alone) == loads


class TestIsTriedAgain:
    def test_after_pauses_that_grow_to_a_minute(self) -> None:
        failure: Failure | None = None
        pauses = []
        for _ in range(9):
            failure = failed(failure, True, "as it is", 100.0)
            pauses.append(failure.pause_s)
            assert not failure.is_due("as it is", 100.0 + failure.pause_s - 0.01)
            assert failure.is_due("as it is", 100.0 + failure.pause_s)
        assert pauses == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S]
        assert failed(failure, True, "changed", 100.0).pause_s == 1

    def test_never_where_it_failed_for_good_and_nothing_changed(self) -> None:
        failure = failed(None, False, "as it is", 100.0)
        assert not failure.is_due("as it is", 1e12)
        assert failure.is_due("changed", 100.0)


@pytest.mark.parametrize(
    ("label", "answering", "served", "before", "named"),
    [
        ("champion", [3, 2], THREE, {}, 3),
        ("champion", [3, 2], THREE, {"champion": 2}, 3),
        ("champion", [2], TWO, {"champion": 2}, 2),
        ("champion", [2], TWO, {}, 2),
        ("champion", [], ONE, {"champion": 2}, 1),  # nobody asks for 1 any more, and it still serves
        ("champion", [2], ONE, {"champion": 2}, 1),
        ("champion", [], None, {"champion": 2}, 3),
        ("previous", [3, 1], THREE, {"previous": 1}, 1),
        ("previous", [3], THREE, {"previous": 1}, 2),
        ("previous", [3], THREE, {}, 2),
    ],
)
def test_until_its_new_version_answers_a_label_names_the_one_that_does_its_work(
    label: str, answering: list[int], served: Wanted | None, before: dict[str, int], named: int
) -> None:
    labels = {"champion": 3, "previous": 2}
    assert to_label(Wish((THREE, TWO), labels=labels), answering, served, before)[label] == named


def test_where_nothing_should_serve_a_label_names_its_version() -> None:
    assert to_label(Wish(labels={"champion": 3}), [], None, {"champion": 2}) == {"champion": 3}
