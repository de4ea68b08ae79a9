"""A candidate that is too slow or too large under load closes the gate, by itself or beside the champion."""

import math
from typing import Any

import pytest

from components.load_check.rule import Driven, DrivenBoth, Load, LoadPolicy, checks, notes

NO_LIMITS: dict[str, Any] = {
    "seconds": 1.0, "rate": 50.0, "batches": (1,), "max_p99_ms": None, "max_p99_of_champion": None,
    "p99_floor_ms": 0.0, "max_mb": None, "max_mb_of_champion": None,
}  # fmt: skip


def policy(**limits: Any) -> LoadPolicy:
    return LoadPolicy(**{**NO_LIMITS, **limits})


def driven(p99: float, memory_mb: float = 400.0, sent: int = 100, answered: int = 100) -> Driven:
    return Driven((Load(1, sent, (p99,) * answered, 1.0),), memory_mb)


def both(
    p99: float = 4.0, champion: float | None = None, memory_mb: float = 400.0, **more: Any
) -> DrivenBoth:
    return DrivenBoth(driven(p99, memory_mb), None if champion is None else driven(champion), **more)


@pytest.mark.parametrize(
    ("measured", "limits", "failed"),
    [
        (both(), {}, None),
        (both(p99=5.0), {"max_p99_ms": 5.0}, None),
        (both(p99=5.1), {"max_p99_ms": 5.0}, "p99 under load at most"),
        (both(memory_mb=500.0), {"max_mb": 500}, None),
        (both(memory_mb=500.1), {"max_mb": 500}, "memory under load at most"),
        (both(p99=6.0, champion=2.0), {"max_p99_of_champion": 3.0}, None),
        (both(p99=6.1, champion=2.0), {"max_p99_of_champion": 3.0}, "p99 under load beside champion at most"),
        (both(p99=25.0, champion=2.0), {"max_p99_of_champion": 3.0, "p99_floor_ms": 25.0}, None),
        (both(champion=2.0, memory_mb=800.0), {"max_mb_of_champion": 2.0}, None),
        (
            both(champion=2.0, memory_mb=801.0),
            {"max_mb_of_champion": 2.0},
            "memory under load beside champion at most",
        ),
        (DrivenBoth(driven(1.0, answered=99)), {}, "requests answered under load"),
        (DrivenBoth(driven(1.0, sent=0, answered=0)), {}, "requests answered under load"),
    ],
)
def test_each_limit_opens_and_closes(measured: DrivenBoth, limits: dict[str, Any], failed: str | None):
    found = [check.name for check in checks(measured, policy(**limits), "block") if not check.passed]
    assert found == ([failed] if failed else [])


@pytest.mark.parametrize("limit", ["max_p99_of_champion", "max_mb_of_champion"])
def test_a_champion_that_is_not_there_follows_on_first_run_and_a_faulty_one_closes(limit: str):
    def passed(measured: DrivenBoth, on_first_run: str) -> bool:
        (check,) = checks(measured, policy(**{limit: 2.0}), on_first_run)[1:]
        assert check.name == "champion under load"
        return check.passed

    assert passed(both(), "allow")
    assert not passed(both(), "block")
    assert not passed(both(), "")
    assert not passed(both(fault="it does not load"), "allow")


def test_percentiles_are_nearest_ranks_and_nothing_answered_is_endless():
    load = Load(1, 100, tuple(float(number) for number in range(100, 0, -1)), 2.0)
    assert [load.percentile(share) for share in (0.5, 0.95, 0.99)] == [50.0, 95.0, 99.0]
    assert str(load) == "50/s, p50 50, p95 95, p99 99 ms"
    nothing = DrivenBoth(driven(1.0, answered=0))
    assert nothing.candidate.loads[0].percentile(0.99) == math.inf
    slow = checks(nothing, policy(max_p99_ms=1000.0), "allow")[1]
    assert (slow.passed, slow.measured) == (False, None)


def test_what_was_measured_is_told_whatever_the_limits():
    assert notes(both(champion=2.0), policy()) == (
        "load of 50 requests/s with batches of 1: candidate 100/s, p50 4, p95 4, p99 4 ms, champion 100/s, "
        "p50 2, p95 2, p99 2 ms",
        "candidate's server took 400 MB, champion's 400 MB",
    )
    assert notes(both(), policy())[1] == "candidate's server took 400 MB"
