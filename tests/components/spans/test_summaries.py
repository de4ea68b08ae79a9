"""Summaries are cached per span and per block: rows are read once, and little is merged for a window."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from components.spans.examples import SpanPart
from components.spans.kept_tables import UnreadableSummaryError
from components.spans.store import cache_put
from components.spans.summaries import BLOCK_SPANS, summaries


class Counting:
    """Sums up the numbers in files, and notes what it was asked for."""

    def __init__(self, name: str = "sums") -> None:
        self.name = name
        self.read: list[str] = []
        self.merged_parts = 0

    def of_files(self, paths: Sequence[str]) -> int:
        self.read.extend(Path(path).stem for path in paths)
        return sum(json.loads(Path(path).read_text()) for path in paths)

    def merged(self, parts: Iterable[int]) -> int:
        parts = list(parts)
        self.merged_parts += len(parts)
        return sum(parts)

    def encoded(self, summary: int) -> bytes:
        return json.dumps(summary).encode()

    def decoded(self, content: bytes) -> int:
        try:
            return int(content)
        except ValueError as error:
            raise UnreadableSummaryError(str(error)) from error


def span(folder: Path, number: int, value: int | None = None, part: str = "all") -> SpanPart:
    """Writes an entry of the span store with a number in it; another number makes it another entry."""
    value = number if value is None else value
    entry = folder / f"entry-{number}-{value}"
    entry.mkdir(exist_ok=True)
    columns = entry / f"{number}.{part}"
    columns.write_text(json.dumps(value))
    return SpanPart(number, str(entry), part, str(columns))


def window(folder: Path, first: int, last: int) -> list[SpanPart]:
    """Writes the spans from one number to another."""
    return [span(folder, number) for number in range(first, last + 1)]


def test_every_row_is_in_one_summary_and_neighbours_share_one(tmp_path: Path):
    results = list(summaries(window(tmp_path, 5, 40), Counting()))
    assert sum(results) == sum(range(5, 41))
    assert results[1] == sum(range(BLOCK_SPANS, 2 * BLOCK_SPANS))
    assert len(results) == 6


def test_a_second_time_no_row_is_read_and_whole_blocks_are_not_merged_again(tmp_path: Path):
    first, again = Counting(), Counting()
    before = list(summaries(window(tmp_path, 5, 40), first))
    assert list(summaries(window(tmp_path, 5, 40), again)) == before
    assert len(first.read) == first.merged_parts == 36
    assert again.read == []
    assert again.merged_parts == 3 + 1  # days 5 to 7 at one end, day 40 at the other


def test_of_a_window_a_day_later_the_new_day_is_read(tmp_path: Path):
    list(summaries(window(tmp_path, 5, 40), Counting()))
    later = Counting()
    assert sum(summaries(window(tmp_path, 6, 41), later)) == sum(range(6, 42))
    assert later.read == ["41"]
    assert later.merged_parts == 2 + 2


def test_of_a_corrected_day_the_day_is_read_and_its_block_merged(tmp_path: Path):
    list(summaries(window(tmp_path, 5, 40), Counting()))
    days, later = window(tmp_path, 5, 40), Counting()
    days[15] = span(tmp_path, 20, value=1_000)
    assert sum(summaries(days, later)) == sum(range(5, 41)) - 20 + 1_000
    assert later.read == ["20"]
    assert later.merged_parts == 4 + BLOCK_SPANS


def test_gaps_are_no_part_of_a_block(tmp_path: Path):
    days = [span(tmp_path, number) for number in (1, 2, 30, 31, 33, 90)]
    assert list(summaries(days, Counting())) == [3, 61, 33, 90]


def test_parts_of_the_same_spans_are_kept_apart(tmp_path: Path):
    train, evaluate = window(tmp_path, 0, 30), [span(tmp_path, n, part="eval") for n in range(31)]
    for part in evaluate:
        Path(part.columns).write_text("1")
    assert sum(summaries(train, Counting())) == sum(range(31))
    assert sum(summaries(evaluate, Counting())) == 31
    assert sum(summaries(train, Counting())) == sum(range(31))


def test_another_name_makes_all_anew(tmp_path: Path):
    list(summaries(window(tmp_path, 0, 30), Counting("of-some-code")))
    other = Counting("of-other-code")
    list(summaries(window(tmp_path, 0, 30), other))
    assert len(other.read) == 31


@pytest.mark.parametrize("pattern", ["*-block-*", "sums-all"])
def test_what_is_damaged_is_made_again(tmp_path: Path, pattern: str):
    list(summaries(window(tmp_path, 0, 30), Counting()))
    damaged = sorted(tmp_path.glob(f"entry-*/{pattern}"))
    assert damaged
    for path in damaged:
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert sum(summaries(window(tmp_path, 0, 30), Counting())) == sum(range(31))
    again = Counting()
    list(summaries(window(tmp_path, 0, 30), again))
    assert again.read == []


@pytest.mark.parametrize("pattern", ["*-block-*", "sums-all"])
def test_what_another_writer_put_there_is_said_and_made_again(tmp_path: Path, pattern: str, caplog):
    list(summaries(window(tmp_path, 0, 30), Counting()))
    for path in sorted(tmp_path.glob(f"entry-*/{pattern}")):
        cache_put(str(path.parent), path.name, b"foreign")
    assert sum(summaries(window(tmp_path, 0, 30), Counting())) == sum(range(31))
    assert "cannot be read and is made again" in caplog.text
    assert {path.parent.name for path in tmp_path.glob(f"entry-*/{pattern}")} >= {
        Path(record.args[0]).parent.name for record in caplog.records
    }


def test_no_span_has_no_summary():
    assert list(summaries([], Counting())) == []
