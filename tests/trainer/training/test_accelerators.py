"""A run that asked for accelerators and sees none fails, at once."""

from __future__ import annotations

import types

import pytest

from trainer import entry
from trainer.training.accelerators import ACCELERATORS_KEY, NoAcceleratorError, missing, require


@pytest.mark.parametrize(
    ("wanted", "seen", "said"),
    [
        (0, 0, None),
        (1, 1, None),
        (1, 2, None),
        (1, 0, "the run asked for 1 GPU and TensorFlow sees none"),
        (4, 3, "the run asked for 4 GPUs and TensorFlow sees 3"),
    ],
)
def test_what_is_missing_is_counted(wanted: int, seen: int, said: str | None) -> None:
    """More than was asked for is no fault."""
    assert missing(wanted, seen) == said


def test_a_run_that_asked_for_more_than_there_is_fails_before_it_reads_anything() -> None:
    """No machine has a thousand; nothing else of what TFX passes is there, so nothing else was touched."""
    wanted = {ACCELERATORS_KEY: {"count": 1000, "allow_cpu": False}}
    with pytest.raises(NoAcceleratorError, match=r"asked for 1000 GPUs .* set cloud\.trainer\.allow_cpu"):
        entry.run_fn(types.SimpleNamespace(custom_config=wanted))


def test_a_switch_allows_it_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """A warning is left in the run's log."""
    require({"count": 1000, "allow_cpu": True})
    assert "asked for 1000 GPUs" in caplog.text


@pytest.mark.parametrize("wanted", [None, {"count": 0, "allow_cpu": False}])
def test_a_run_that_asked_for_none_needs_none(wanted: dict[str, object] | None) -> None:
    """On this machine, and on every runner without a training machine."""
    require(wanted)
