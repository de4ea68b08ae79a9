"""Evidence comes back from its file, and that of several servers is summed with each key once."""

import json
import os
import subprocess
import sys

import pytest

from serving.rollout import evidence as kept
from serving.rollout.evidence import Evidence, EvidenceError, Labelled, StageEvidence, Sums, TurnedBack
from serving.rollout.guards_rule import BROKEN, look
from serving.rollout.plan import CANARY, RolloutPlan, Stage

SEEN = Evidence(
    {
        0: StageEvidence({"candidate": 3, "champion": 3, "pairs": 3}, {}, 12.5, Sums(3, 0.1, 0.2, 1.5, 0.9)),
        1: StageEvidence(
            {"candidate": 10, "champion": 90},
            {"errors": {"candidate": frozenset({1, 2}), "champion": frozenset({7})}},
        ),
    },
    (Labelled("2013-06-01", 900, 0.75, 0.73, -0.02, 0.004),),
    TurnedBack("errors", "2 of 10", "2026-11-27T00:00:00+00:00"),
)


def test_what_was_written_is_read(tmp_path):
    folder = kept.folder_of(tmp_path, "r1")
    assert kept.read(folder, "one") == kept.read_all(folder) == Evidence()
    kept.write(folder, "one", SEEN)
    assert kept.read(folder, "one") == SEEN
    assert [path.name for path in folder.iterdir()] == ["one.json"]


def test_servers_are_summed_and_a_key_that_both_saw_counts_once(tmp_path):
    other = Evidence(
        {
            1: StageEvidence(
                {"candidate": 5, "champion": 45},
                {"errors": {"candidate": frozenset({2, 3})}, "slow": {"champion": frozenset({9})}},
                20.0,
                Sums(1, 1.0, 1.0, 1.0, 1.0),
            )
        },
        (
            Labelled("2013-06-01", 900, 0.75, 0.73, -0.02, 0.004),
            Labelled("2013-06-02", 1, 0.5, 0.5, 0.0, 1.0),
        ),
        TurnedBack("slow", "earlier", "2026-11-26T00:00:00+00:00"),
    )
    kept.write(tmp_path, "one", SEEN)
    kept.write(tmp_path, "two", other)
    both = kept.read_all(tmp_path)
    assert both.stage(0).requests == {"candidate": 3, "champion": 3, "pairs": 3}
    second = both.stage(1)
    assert second.requests == {"candidate": 15, "champion": 135, "pairs": 0}
    assert second.keys("errors", "candidate") == {1, 2, 3}
    assert second.keys("errors", "champion") == {7}
    assert second.keys("slow", "champion") == {9}
    assert (both.stage(0).slow_over_ms, second.slow_over_ms) == (12.5, 20.0)
    assert second.pairs == Sums(1, 1.0, 1.0, 1.0, 1.0)
    assert [each.day for each in both.labelled] == ["2013-06-01", "2013-06-02"]
    assert both.turned_back.text == "earlier"
    assert both.stage(7) == StageEvidence()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda v: v.update(format=2), "its format is 2, and this reader knows 1"),
        (lambda v: v.pop("stages"), "the file has no stages"),
        *(
            (lambda v, name=name: v["stages"].update({name: {}}), f"it has a stage {name!r}, and they are")
            for name in ("x", "-1", "2", " 0_0 ", "00", "\u0661")
        ),
        (lambda v: v["stages"]["1"]["bad"].update(errors=[]), "errors is [], not an object"),
        (lambda v: v["stages"]["1"]["requests"].update(candidate=-1), "requests of the candidate is -1"),
        (lambda v: v["stages"]["0"]["pairs"].update(count=1.5), "count of pairs is 1.5"),
        (lambda v: v["stages"]["0"].update(slow_over_ms="x"), "slow_over_ms is 'x'"),
        (lambda v: v["stages"]["0"]["pairs"].update(champion=1e200), "champion of pairs is 1e+200"),
        (lambda v: v["stages"]["0"]["pairs"].update(difference=-1e200), "difference of pairs is -1e+200"),
        (lambda v: v["stages"]["0"]["pairs"].update(champion_squares=-1), "champion_squares of pairs is -1"),
        (lambda v: v["stages"]["0"]["pairs"].update(count=10**400), "count of pairs is 1000"),
        (lambda v: v["stages"]["0"]["requests"].update(pairs=10**400), "requests of the pairs is 1000"),
        (lambda v: v["labelled"][0].update(day=""), "day is '', not text"),
        (lambda v: v["labelled"][0].update(rows=0), "rows of a labelled day is 0"),
        (lambda v: v["labelled"][0].update(difference=1e200), "a number of a labelled day is 1e+200"),
        (lambda v: v["turned_back"].pop("at"), "turned_back has no at"),
    ],
)
def test_a_broken_file_is_refused_in_a_sentence(tmp_path, change, said):
    kept.write(tmp_path, "one", SEEN)
    values = json.loads((tmp_path / "one.json").read_text())
    change(values)
    (tmp_path / "one.json").write_text(json.dumps(values))
    with pytest.raises(EvidenceError) as refused:
        kept.read_all(tmp_path, stages=2)
    assert str(refused.value).startswith(f"{tmp_path}/one.json holds no evidence of a rollout: ")
    assert said in str(refused.value)


def test_on_a_full_disk_the_file_is_as_it_was(tmp_path):
    kept.write(tmp_path, "one", Evidence())
    limited = f"""
import resource, sys
from pathlib import Path
from serving.rollout import evidence as kept
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
bad = {{"errors": {{"candidate": frozenset(range(1000))}}}}
try:
    kept.write(Path({str(tmp_path)!r}), "one", kept.Evidence({{0: kept.StageEvidence({{}}, bad)}}))
except OSError:
    sys.exit(7)
"""
    assert subprocess.run([sys.executable, "-c", limited], check=False).returncode == 7
    assert kept.read(tmp_path, "one") == Evidence()
    assert [path.name for path in tmp_path.iterdir()] == ["one.json"]


def test_the_largest_that_is_read_can_be_judged(tmp_path):
    """Of several servers, in the stages of a plan: nothing overflows, and every guard has a reading."""
    most, pairs = 10**15, Sums(10**15, 1e150, 1e300, -1e150, 1e300)
    stage = StageEvidence(dict.fromkeys(("candidate", "champion", "pairs"), most), {}, 1e150, pairs)
    worst = Evidence({0: stage, 1: stage}, (Labelled("2026-01-01", 1, 1e100, -1e100, -1e100, 1e100),))
    for name in ("one", "two"):
        kept.write(tmp_path, name, worst)
    plan = RolloutPlan("r", CANARY, (Stage(0.0, 1), Stage(0.5, 1)))
    assert BROKEN not in [each.blind for each in look(plan, kept.read_all(tmp_path, stages=2))]


def test_a_pipe_in_place_of_a_file_keeps_nobody_waiting(tmp_path):
    os.mkfifo(tmp_path / "one.json")
    with pytest.raises(EvidenceError, match=r"one\.json cannot be read: .* no regular file"):
        kept.read_all(tmp_path)
