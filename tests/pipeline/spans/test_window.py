"""A window is consecutive days, eval after train, and its fingerprint is that of the data in it."""

import datetime as dt
import itertools
import os
from pathlib import Path

import pytest

from pipeline.errors import STOPPED, DataError
from pipeline.spans.folder import available_days
from pipeline.spans.window import Readiness, Window, choose_days, resolve_window

FIRST = dt.date(2013, 1, 1)


def day(number: int) -> dt.date:
    """The n-th of January 2013; above 31 it goes on in February."""
    return FIRST + dt.timedelta(days=number - 1)


def days(*numbers: int) -> list[dt.date]:
    return [day(number) for number in numbers]


def choose(available, until=None, count=5, eval_days=2, allow_gaps=False):
    return choose_days(available, until=until, days=count, eval_days=eval_days, allow_gaps=allow_gaps)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(1, 11):
        (tmp_path / f"{day(number)}.csv").write_text(f"content of day {number}\n")
    return tmp_path


def resolve(
    folder: Path, until: dt.date | None = None, count: int = 5, eval_days: int = 2, by_time: bool = True
) -> Window:
    available = available_days(folder, "csv", Readiness())
    return resolve_window(
        available, until=until, days=count, eval_days=eval_days, allow_gaps=False, by_time=by_time
    )


class TestChoose:
    @pytest.mark.parametrize(
        ("until", "train", "evaluate"),
        [
            (None, days(6, 7, 8), days(9, 10)),
            (day(10), days(6, 7, 8), days(9, 10)),
            (day(7), days(3, 4, 5), days(6, 7)),
            (day(5), days(1, 2, 3), days(4, 5)),
        ],
    )
    def test_a_window_is_the_last_days_up_to_until(self, until, train, evaluate):
        assert choose(days(*range(1, 11)), until) == (train, evaluate)

    def test_the_order_in_which_days_are_listed_does_not_matter(self):
        assert choose(days(4, 1, 3, 5, 2)) == (days(1, 2, 3), days(4, 5))

    @pytest.mark.parametrize("allow_gaps", [True, False])
    @pytest.mark.parametrize(("count", "eval_days"), [(2, 1), (5, 1), (5, 4), (10, 3)])
    def test_every_eval_day_is_later_than_every_train_day(self, count, eval_days, allow_gaps):
        train, evaluate = choose(days(*range(1, 11)), None, count, eval_days, allow_gaps)
        assert (len(train), len(evaluate)) == (count - eval_days, eval_days)
        assert max(train) < min(evaluate)
        assert train + evaluate == sorted(set(train + evaluate))

    def test_a_day_without_data_inside_the_window_is_refused(self):
        with pytest.raises(DataError) as fault:
            choose(days(1, 2, 4, 5, 6))
        assert str(fault.value) == (
            "the window 2013-01-02 … 2013-01-06 has no data for 1 of its 5 days (first 2013-01-03); "
            "there is data from 2013-01-01 to 2013-01-06: add the days, change --until, "
            "or set window.allow_gaps"
        )
        assert fault.value.exit_code == STOPPED

    @pytest.mark.parametrize(("unready", "said"), [(3, ", which is still being written"), (7, "")])
    def test_a_refusal_says_that_the_day_it_misses_is_still_being_written(self, unready: int, said: str):
        with pytest.raises(DataError) as fault:
            choose_days(
                days(1, 2, 4, 5, 6), until=None, days=5, eval_days=2, allow_gaps=False, unready=days(unready)
            )
        assert f"has no data for 1 of its 5 days (first 2013-01-03{said});" in str(fault.value)

    @pytest.mark.parametrize(
        ("present", "until", "way_out"),
        [
            (days(3, 4, 5), None, "lower window.days to at most 3, or add data"),
            (days(3, 4, 5, 6, 7, 8), day(6), "give --until 2013-01-07 or later, or lower window.days"),
        ],
    )
    def test_the_way_out_is_one_that_helps(self, present, until, way_out):
        with pytest.raises(DataError, match=way_out):
            choose(present, until, count=5, eval_days=1)

    def test_a_gap_outside_the_window_does_not_matter(self):
        assert choose(days(1, 3, 4, 5, 6, 7, 9), day(7)) == (days(3, 4, 5), days(6, 7))

    @pytest.mark.parametrize("until", days(4, 11))
    def test_until_on_a_day_without_data_is_refused(self, until: dt.date):
        with pytest.raises(DataError, match=r"has no data for .* of its 2 days"):
            choose(days(1, 2, 3, 5, 6, 7, 8, 9, 10), until, count=2, eval_days=1)

    def test_with_gaps_allowed_a_window_is_the_last_days_that_have_data(self):
        chosen = choose(days(1, 2, 4, 7, 8, 9, 10), day(8), allow_gaps=True)
        assert chosen == (days(1, 2, 4), days(7, 8))

    @pytest.mark.parametrize("until", days(5, 6))
    def test_with_gaps_allowed_until_may_be_a_day_without_data(self, until: dt.date):
        chosen = choose(days(1, 2, 4, 7, 8), until, count=3, eval_days=1, allow_gaps=True)
        assert chosen == (days(1, 2), days(4))

    @pytest.mark.parametrize("allow_gaps", [True, False])
    def test_until_before_the_data_is_refused_with_its_first_day(self, allow_gaps: bool):
        with pytest.raises(DataError) as fault:
            choose(days(5, 6, 7, 8, 9), day(4), allow_gaps=allow_gaps)
        assert str(fault.value) == (
            "no span up to 2013-01-04; the data begins on 2013-01-05, give a later --until"
        )

    @pytest.mark.parametrize(("present", "enough"), [(4, False), (5, True), (6, True)])
    @pytest.mark.parametrize("allow_gaps", [True, False])
    def test_a_window_is_never_shorter_than_asked_for(self, present: int, enough: bool, allow_gaps: bool):
        available = days(*range(1, present + 1))
        if enough:
            assert sum(map(len, choose(available, allow_gaps=allow_gaps))) == 5
        else:
            with pytest.raises(DataError):
                choose(available, allow_gaps=allow_gaps)

    def test_too_few_days_are_counted(self):
        with pytest.raises(DataError) as fault:
            choose(days(1, 3, 5), allow_gaps=True)
        assert str(fault.value) == (
            "the window needs 5 spans up to 2013-01-05 and there are 3; lower window.days or add data"
        )


class TestReadiness:
    @pytest.mark.parametrize(
        ("marker", "after_s", "marked", "age_s", "complete"),
        [
            (None, 0.0, False, 0.0, True),
            (".done", 0.0, True, 0.0, True),
            (".done", 0.0, False, 9e9, False),
            (None, 0.0, False, -5.0, True),
            (".done", 0.0, True, -5.0, True),
            (None, 60.0, False, -5.0, False),
            (None, 60.0, False, 59.9, False),
            (None, 60.0, False, 60.0, True),
            (".done", 60.0, True, 59.9, False),
            (".done", 60.0, True, 60.0, True),
            (".done", 60.0, False, 60.0, False),
        ],
    )
    def test_a_span_is_complete_when_marked_and_old_enough(self, marker, after_s, marked, age_s, complete):
        assert Readiness(marker, after_s).holds(marked=marked, age_s=age_s) is complete


class TestResolve:
    def test_a_span_has_its_path_content_and_number(self, folder: Path):
        (last,) = resolve(folder, day(2), count=2, eval_days=1).eval_spans
        assert last.date == day(2)
        assert last.path == str(folder / "2013-01-02.csv")
        assert last.number == 15707  # days since 1970-01-01
        assert len(last.fingerprint) == 64

    def test_a_window_says_its_days(self, folder: Path):
        assert str(resolve(folder)) == (
            "2013-01-06 … 2013-01-10 (3 days to train, 2 to evaluate from 2013-01-09)"
        )

    def test_spans_are_in_order_of_time_train_before_eval(self, folder: Path):
        window = resolve(folder)
        assert [span.date for span in window.spans] == days(6, 7, 8, 9, 10)
        assert window.spans == window.train_spans + window.eval_spans


class TestFingerprint:
    def test_equal_data_elsewhere_has_the_same_fingerprint(self, folder: Path, tmp_path_factory):
        before = resolve(folder)
        copy = tmp_path_factory.mktemp("copy")
        for path in folder.iterdir():
            (copy / path.name).write_bytes(path.read_bytes())
        assert resolve(copy).fingerprint == before.fingerprint

    def test_a_change_outside_the_window_does_not_change_it(self, folder: Path):
        before = resolve(folder).fingerprint
        (folder / f"{day(5)}.csv").write_text("other\n")
        (folder / "README.md").write_text("other\n")
        assert resolve(folder).fingerprint == before

    @pytest.mark.parametrize("number", [6, 8, 9, 10])
    def test_a_change_of_content_changes_it_even_with_size_and_time_kept(self, folder: Path, number: int):
        before = resolve(folder).fingerprint
        path = folder / f"{day(number)}.csv"
        content, times = path.read_text(), path.stat()
        path.write_text(content.swapcase())
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert path.stat().st_size == times.st_size
        assert resolve(folder).fingerprint != before

    def test_other_days_other_roles_and_swapped_contents_change_it(self, folder: Path):
        windows = [
            resolve(folder),
            resolve(folder, day(9)),
            resolve(folder, count=4),
            resolve(folder, eval_days=1),
        ]
        first, second = folder / f"{day(6)}.csv", folder / f"{day(7)}.csv"
        contents = first.read_text(), second.read_text()
        second.write_text(contents[0])
        first.write_text(contents[1])
        windows.append(resolve(folder))
        for one, other in itertools.combinations(windows, 2):
            assert one.fingerprint != other.fingerprint

    def test_rows_split_by_hash_have_every_day_on_both_sides(self, folder: Path):
        window = resolve(folder, by_time=False)
        assert window.train_spans == window.eval_spans == resolve(folder).spans
        assert window.fingerprint != resolve(folder).fingerprint
