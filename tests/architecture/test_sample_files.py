"""Until a fork has its own, the trainer's columns and the base configuration are those of tests/flights."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("shipped", "own"),
    [("trainer/columns.yaml", "columns.yaml"), ("pipeline/configs/base.yaml", "base.yaml")],
)
def test_the_tests_flights_are_the_sample_s(shipped: str, own: str):
    text = (ROOT / "pipeline" / "configs" / "base.yaml").read_text()
    if "\nname: flights\n" not in text or not (ROOT / "sample").is_dir():
        pytest.skip("a fork has files of its own")
    assert (ROOT / shipped).read_text() == (ROOT / "tests" / "flights" / own).read_text()
