"""What a benchmark measured lands between its markers, and nowhere else."""

import pytest

from benchmarks import performance_page, rollouts
from benchmarks.marked_part import replaced


def test_text_lands_between_the_markers_and_nowhere_else():
    page = "before\n<a>\nold\n</a>\nafter\n"
    assert replaced(page, "<a>", "</a>", r"new \1") == "before\n<a>\nnew \\1\n</a>\nafter\n"
    assert replaced(replaced(page, "<a>", "</a>", "x"), "<a>", "</a>", "old") == page


@pytest.mark.parametrize("page", ["", "<a>", "<a></a></a>", "<a><a></a>"])
def test_a_page_without_its_markers_is_refused(page: str):
    with pytest.raises(ValueError, match="lacks"):
        replaced(page, "<a>", "</a>", "x")


def test_the_pages_have_their_markers():
    performance = (performance_page.DOCS / "performance.md").read_text(encoding="utf-8")
    replaced(performance, performance_page.BEGIN, performance_page.END, "x")
    replaced(rollouts.PAGE.read_text(encoding="utf-8"), rollouts.START, rollouts.END, "x")
