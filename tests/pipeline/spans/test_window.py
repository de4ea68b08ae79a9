"""A window is consecutive days, eval after train, and its fingerprint is that of the data in it."""

import contextlib
import dataclasses
import datetime as dt
import functools
import itertools
import os
import random
from pathlib import Path

import pytest

from pipeline.errors import STOPPED, USAGE, ConfigError, DataError, UserError
from pipeline.spans.day_choice import WindowRequest
from pipeline.spans.folder import available_days
from pipeline.spans.left_out import LeftOut
from pipeline.spans.window import AvailableDays, Readiness, Span, Window, choose_days, resolve_window
from tests.pipeline.spans.january import day, days
from tests.pipeline.spans.test_advice import followed, random_source


def choose(available, until=None, count=5, eval_days=2, allow_gaps=False, left_out=(), **changes):
    request = WindowRequest(until=until, days=count, eval_days=eval_days, allow_gaps=allow_gaps, **changes)
    return choose_days(available, request, left_out)


def advice_of(available, request: WindowRequest, left_out) -> list[str]:
    """What a refusal says that one can do; nothing if there is none, or if only more days help."""
    try:
        choose_days(available, request, left_out)
    except UserError as fault:
        advice = str(fault).rpartition(": ")[2].removesuffix(", or add the days that are missing")
        return [] if "add at least" in advice else advice.split(", or ")
    return []


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
        available, WindowRequest(until=until, days=count, eval_days=eval_days, by_time=by_time)
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
            "there is data from 2013-01-01 to 2013-01-06: set window.allow_gaps=true, or add the days that "
            "are missing"
        )
        assert fault.value.exit_code == STOPPED

    def test_every_piece_of_advice_in_a_refusal_gives_a_window_when_it_is_followed(self):
        """Of sources in which days are missing, immature, misnamed and beyond --until."""
        chance, followed_ones = random.Random(18), 0
        for _ in range(1500):
            usable, request = random_source(chance)
            late = [*usable, usable[-1] + dt.timedelta(days=chance.randint(1, 3))] if usable else days(1)
            request = dataclasses.replace(request, label_delay_days=(late[-1] - (usable or late)[-1]).days)
            out = [LeftOut(last := late[-1] + dt.timedelta(days=1), f"{last}.CSV", "rename it")]
            for advice in advice_of(late, request, out):
                followed_ones += bool(choose_days(late, followed(advice, request), out))
        assert followed_ones > 500

    def test_a_gap_outside_the_window_does_not_matter(self):
        assert choose(days(1, 3, 4, 5, 6, 7, 9), day(7)) == (days(3, 4, 5), days(6, 7))

    def test_until_on_a_day_without_data_is_refused(self):
        with pytest.raises(DataError, match=r"has no data for .* of its 2 days"):
            choose(days(1, 2, 3, 5, 6, 7, 8, 9, 10), day(4), count=2, eval_days=1)

    def test_with_gaps_allowed_a_window_is_the_last_days_that_have_data(self):
        chosen = choose(days(1, 2, 4, 7, 8, 9, 10), day(8), allow_gaps=True)
        assert chosen == (days(1, 2, 4), days(7, 8))

    @pytest.mark.parametrize("until", days(5, 6))
    def test_with_gaps_allowed_until_may_be_a_day_without_data(self, until: dt.date):
        chosen = choose(days(1, 2, 4, 7, 8), until, count=3, eval_days=1, allow_gaps=True)
        assert chosen == (days(1, 2), days(4))

    @pytest.mark.parametrize("allow_gaps", [True, False])
    @pytest.mark.parametrize("until", [4, 10])
    def test_until_before_and_after_the_data_is_a_command_that_cannot_be_used(self, allow_gaps, until):
        with pytest.raises(ConfigError) as fault:
            choose(days(5, 6, 7, 8, 9), day(until), allow_gaps=allow_gaps)
        assert fault.value.exit_code == USAGE

    @pytest.mark.parametrize(("present", "enough"), [(4, False), (5, True), (6, True)])
    @pytest.mark.parametrize("allow_gaps", [True, False])
    def test_a_window_is_never_shorter_than_asked_for(self, present: int, enough: bool, allow_gaps: bool):
        available = days(*range(1, present + 1))
        if enough:
            assert sum(map(len, choose(available, allow_gaps=allow_gaps))) == 5
        else:
            with pytest.raises(DataError):
                choose(available, allow_gaps=allow_gaps)

    def test_a_day_that_cannot_be_read_is_no_gap_that_may_be_allowed(self):
        def broken(number: int, unreadable: bool = True) -> list[LeftOut]:
            return [LeftOut(day(number), f"{day(number)}.csv", "no permission", unreadable)]

        there = days(1, 2, 4, 7, 8, 9)
        for outside in (3, 4, 9, 10):
            choose(there, allow_gaps=True, count=4, left_out=broken(outside))
        choose(there, allow_gaps=True, left_out=broken(5, unreadable=False))
        with pytest.raises(DataError) as fault:
            choose(there, allow_gaps=True, left_out=broken(5))
        assert str(fault.value) == (
            "the window needs 5 days up to 2013-01-09 and there are 3 since a day that cannot be read; "
            "left out: 2013-01-05.csv (no permission): the shortest window that leaves a day to fit beside "
            "window.eval_days and training.validation_days has 4 days; add at least 1"
        )


class TestLabelsThatComeLate:
    @pytest.mark.parametrize("by_time", [True, False])
    @pytest.mark.parametrize(("delay", "newest"), [(0, 10), (1, 9), (4, 6)])
    def test_a_window_ends_on_the_newest_day_whose_labels_are_all_there(self, delay, newest, by_time):
        train, evaluate = choose(days(*range(1, 11)), label_delay_days=delay, by_time=by_time)
        chosen = days(*range(newest - 4, newest + 1))
        assert (train + evaluate if by_time else train) == chosen
        assert by_time or evaluate == chosen

    def test_with_gaps_allowed_too(self):
        chosen = choose(days(1, 2, 4, 7, 8, 9), count=3, eval_days=1, allow_gaps=True, label_delay_days=2)
        assert chosen == (days(2, 4), days(7))

    @pytest.mark.parametrize(("until", "usable"), [(7, True), (8, False)])
    def test_until_may_not_be_later(self, until: int, usable: bool):
        expected = contextlib.nullcontext() if usable else pytest.raises(ConfigError, match="2013-01-07")
        with expected:
            choose(days(*range(1, 11)), day(until), label_delay_days=3)

    def test_without_any_day_whose_labels_are_all_there_no_window_is_made(self):
        with pytest.raises(DataError, match=r"^no day has all its labels yet"):
            choose(days(1, 2, 3), label_delay_days=3)


class TestNotes:
    """What is said of days that could be in a window and are not."""

    def notes(self, until=None, out=(), allow_gaps=False, undated="", **changes) -> tuple[str, ...]:
        def span(date: dt.date) -> Span:
            return Span(date, f"/data/{date}.csv", "f")

        there = days(1, 2, 3, 5, 6, 7, 8, 9)
        left_out = tuple(LeftOut(day(number), f"{day(number)}.CSV", "rename it") for number in out)
        available = AvailableDays({date: functools.partial(span, date) for date in there}, left_out, undated)
        request = WindowRequest(until=until, days=5, eval_days=2, allow_gaps=allow_gaps, **changes)
        return resolve_window(available, request).notes

    def test_of_a_source_whose_days_are_all_used_nothing_is_said(self):
        assert self.notes() == ()

    def test_a_newer_day_that_cannot_be_used_is_named(self):
        assert self.notes(out=[10]) == ("left out: 2013-01-10.CSV (rename it)",)

    def test_days_before_the_window_are_not_named(self):
        assert self.notes(out=[4, 5]) == ()

    def test_a_gap_that_is_a_day_left_out_is_named(self):
        assert self.notes(day(8), [4, 8, 9, 10], allow_gaps=True) == (
            "left out: 2013-01-04.CSV (rename it), 2013-01-08.CSV (rename it)",
        )

    def test_nobody_who_gave_until_is_told_of_later_days(self):
        assert self.notes(day(9), [10], label_delay_days=0, undated="7 rows") == ()

    def test_data_without_a_day_is_named(self):
        assert self.notes(undated="7 rows in the streaming buffer") == (
            "left out: 7 rows in the streaming buffer",
        )

    @pytest.mark.parametrize(
        ("delay", "note"),
        [
            (1, "1 newer day waits for its labels: 2013-01-09; data.label_delay_days is 1"),
            (2, "2 newer days wait for their labels: 2013-01-08, 2013-01-09; data.label_delay_days is 2"),
        ],
    )
    def test_days_that_wait_for_their_labels_are_counted(self, delay: int, note: str):
        assert self.notes(allow_gaps=True, label_delay_days=delay) == (note,)

    def test_what_is_said_makes_no_other_window(self):
        one, other = (Window((), (), notes) for notes in ((), ("left out: …",)))
        assert one == other
        assert one.fingerprint == other.fingerprint


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
