"""What `evergreen serve` says before it serves: whether another name's model was released later."""

from pathlib import Path

import pytest

from pipeline.cli.serve import _newer_elsewhere, _shown


@pytest.mark.parametrize(
    ("folders", "said"),
    [
        (("flights/1", "flights/2"), None),
        (("flights/2", "late-flights/1"), None),
        (
            ("flights/1", "late-flights/2"),
            "the newest release of this deployment has the number 2, and the newest of 'flights' is 1; "
            "`evergreen runs` shows the names",
        ),
        (
            ("flights/1", ".given/3"),
            "the newest release of this deployment has the number 3, and the newest of 'flights' is 1; "
            "`evergreen runs` shows the names",
        ),
    ],
    ids=["alone", "newer than the other", "another name's is newer", "the newest is gone"],
)
def test_a_model_that_is_older_than_the_newest_release_is_not_served_in_silence(
    tmp_path: Path, folders: tuple[str, ...], said: str | None
):
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
    assert _newer_elsewhere(tmp_path / "flights") == said


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (0.25, "0.250000"),
        (0, "0.000000"),
        (1, "1.000000"),
        (-0.5, "-0.5"),
        (1234567.25, "1234567"),
        (["a", "b"], '["a", "b"]'),
    ],
)
def test_an_answer_is_a_line_whatever_the_task(answer: object, line: str):
    assert _shown(answer) == line
