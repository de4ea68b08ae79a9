"""What a command takes is shared out among its stages."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.observation import MIB, Sample, Span, attribute, fill_gaps, observe

SAMPLES = [
    Sample(100.0, 0.0, 0),
    Sample(101.0, 1.0, 10 * MIB),
    Sample(102.0, 3.0, 50 * MIB),
    Sample(103.0, 3.0, 20 * MIB),
    Sample(104.0, 4.0, 0),
]


def test_a_stage_has_the_cpu_of_its_time_and_the_highest_memory_inside_it():
    costs = attribute(SAMPLES, [Span("one", 100.0, 101.5), Span("two", 101.5, 104.0)])
    assert (costs["one"].wall_s, costs["one"].cpu_s, costs["one"].peak_mib) == (1.5, 2.0, 10.0)
    assert (costs["two"].wall_s, costs["two"].cpu_s, costs["two"].peak_mib) == (2.5, 2.0, 50.0)


def test_the_stages_together_have_all_of_the_cpu():
    cuts = [100.0, 100.3, 101.9, 103.2, 104.0]
    spans = [Span(str(number), begin, end) for number, (begin, end) in enumerate(itertools.pairwise(cuts))]
    assert sum(cost.cpu_s for cost in attribute(SAMPLES, spans).values()) == pytest.approx(4.0)


def test_a_stage_shorter_than_the_time_between_samples_has_the_memory_around_it():
    assert attribute(SAMPLES, [Span("short", 102.4, 102.5)])["short"].peak_mib == 50.0


def test_a_stage_that_ran_twice_has_the_sum_of_both_and_the_higher_peak():
    cost = attribute(SAMPLES, [Span("one", 100.0, 101.0), Span("one", 102.0, 104.0)])["one"]
    assert (cost.wall_s, cost.cpu_s, cost.peak_mib) == (3.0, 2.0, 50.0)


def test_the_time_between_stages_is_not_lost():
    filled = fill_gaps([Span("two", 103.0, 104.0), Span("one", 101.0, 102.0)], 100.0, 105.0, "rest")
    assert [(span.stage, span.begin, span.end) for span in filled] == [
        ("rest", 100.0, 101.0),
        ("one", 101.0, 102.0),
        ("rest", 102.0, 103.0),
        ("two", 103.0, 104.0),
        ("rest", 104.0, 105.0),
    ]


def test_stages_that_ran_at_the_same_time_are_refused():
    with pytest.raises(ValueError, match="begins before"):
        fill_gaps([Span("one", 100.0, 102.0), Span("two", 101.0, 103.0)], 100.0, 105.0, "rest")


def test_a_command_is_charged_with_what_its_children_used(tmp_path: Path):
    """The child burns half a second of CPU, holds 200 MiB and has ended when its parent does."""
    child = "import time; kept = b'x' * (200 << 20)\nwhile time.process_time() < 0.5: pass\ntime.sleep(0.2)"
    parent = f"import subprocess, sys; print('to the log'); subprocess.run([sys.executable, '-c', {child!r}])"
    seen = observe([sys.executable, "-c", parent], tmp_path / "log", os.environ, tmp_path)
    assert seen.exit_code == 0
    assert 0.5 <= seen.samples[-1].cpu_s < 5
    assert max(sample.resident for sample in seen.samples) > 200 * MIB
    assert seen.largest_process_mib > 200
    assert (tmp_path / "log").read_text() == "to the log\n"
    used = [sample.cpu_s for sample in seen.samples]
    assert used == sorted(used)
    assert any(0 < cpu_s < seen.samples[-1].cpu_s for cpu_s in used)


def test_what_others_use_meanwhile_is_told_apart(tmp_path: Path):
    busy = "import time\nwhile time.process_time() < 1.5: pass"
    with subprocess.Popen([sys.executable, "-c", busy]):
        seen = observe(
            [sys.executable, "-c", "import time; time.sleep(1)"], tmp_path / "log", os.environ, tmp_path
        )
    assert seen.others_cpu_s > 0.2
    assert seen.samples[-1].cpu_s < 0.2


def test_a_command_that_failed_says_so(tmp_path: Path):
    seen = observe([sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "log", os.environ, tmp_path)
    assert seen.exit_code == 3
