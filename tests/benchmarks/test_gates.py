"""The benchmark of the gates: tables land between their markers, and broken promises are told."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.gates import END, PAGE, START
from benchmarks.marked_part import replaced


def test_the_page_has_the_markers():
    replaced(PAGE.read_text(encoding="utf-8"), START, END, "x")


@pytest.mark.slow  # imports pandas and reads days
def test_every_fault_changes_the_day_it_is_planted_into(tmp_path: Path):
    from benchmarks import gates_data
    from pipeline.config.load import load

    flights = pytest.importorskip("sample.flights").flights

    whole = flights()
    for day, rows in [*whole.groupby("flight_date")][:35]:
        rows.to_csv(tmp_path / f"{day}.csv", index=False)
    year = gates_data.Year(tmp_path, load("local").data_gate)
    for fault in gates_data.FAULTS:
        random = np.random.default_rng(1)
        planted = fault.plant(year.frames[34], random, year.frames[:34])
        assert not planted.reset_index(drop=True).equals(year.frames[34]), fault.name
        assert year.profile(planted)[1].digest != year.clean[34][1].digest, fault.name
