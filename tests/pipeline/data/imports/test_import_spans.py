"""An import writes all rows once, or nothing; what no longer fits is refused by line and column."""

import dataclasses
import datetime as dt
import fcntl
import gzip
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from pipeline.data.convert.rows_check import Expected
from pipeline.data.imports import written_by
from pipeline.data.imports.import_spans import Options, Outcome, import_spans
from pipeline.data.raw.open_raw import open_raw
from pipeline.data.rules.dialect import Dialect
from pipeline.data.rules.import_rules import ColumnRule, ImportRules, LeftOut
from pipeline.errors import BusyError, DataError

DATED = ImportRules(
    Dialect(),
    "day",
    "day",
    (
        ColumnRule("day", "Day", "date", formats=("%d.%m.%Y",)),
        ColumnRule("fare", "Fare", "number", nulls=("NA",)),
        ColumnRule("zone", "Zone"),
        ColumnRule("late", "Late", "whole"),
    ),
    (LeftOut("Id", "names each row"),),
)
UNDATED = dataclasses.replace(
    DATED, grain="file", date=None, columns=DATED.columns[1:], left_out=(*DATED.left_out, LeftOut("Day", ""))
)
EXPECTED = Expected("late", frozenset({"fare"}), {"late": (0, 1), "zone": ("a", "b", 'c, "d"')})
HEADER = "Id,Day,Fare,Zone,Late\n"
FIRST = HEADER + '1,01.02.2013,1.50,a,0\n2,02.02.2013,3,"c, ""d""",1\n3,01.02.2013,NA,,\n'
Import = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spans"


@pytest.fixture
def imported(tmp_path: Path, folder: Path) -> Import:
    """Imports a text as the file f.csv."""

    def run(text: str, rules: ImportRules = DATED, **options: object) -> Outcome:
        file = tmp_path / "f.csv"
        file.write_text(text, encoding="utf-8")
        return import_spans(open_raw(str(file), rules.dialect), rules, EXPECTED, folder, Options(**options))

    return run


def files(folder: Path) -> dict[str, str]:
    paths = (path for path in sorted(folder.iterdir()) if path.name != written_by.FILE)
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


def _fare_with(**changes: object) -> ImportRules:
    columns = (
        dataclasses.replace(rule, **changes) if rule.name == "fare" else rule for rule in DATED.columns
    )
    return dataclasses.replace(DATED, columns=tuple(columns))


def day(number: int, fare: str = "1", *, late: str = "0", zone: str = "a") -> str:
    return f"1,{number:02}.02.2013,{fare},{zone},{late}\n"


class TestDated:
    def test_each_day_gets_a_file_with_its_rows_in_order(self, imported: Import, folder: Path):
        outcome = imported(FIRST)
        assert files(folder) == {
            "2013-02-01.csv": "day,fare,zone,late\n2013-02-01,1.5,a,0\n2013-02-01,,,\n",
            "2013-02-02.csv": 'day,fare,zone,late\n2013-02-02,3,"c, ""d""",1\n',
        }
        days = (dt.date(2013, 2, 1), dt.date(2013, 2, 2))
        assert outcome == Outcome(3, {days[0]: 2, days[1]: 1}, (), *days)

    def test_the_same_file_again_changes_nothing(self, imported: Import, folder: Path):
        imported(FIRST)
        before = files(folder)
        outcome = imported(FIRST)
        assert (outcome.written, len(outcome.known)) == ({}, 2)
        assert files(folder) == before

    def test_a_file_with_old_and_new_days_adds_the_new_ones(self, imported: Import, folder: Path):
        imported(HEADER + day(1) + day(2))
        outcome = imported(HEADER + day(2) + day(3))
        assert (list(outcome.written), outcome.known) == ([dt.date(2013, 2, 3)], (dt.date(2013, 2, 2),))
        assert len(files(folder)) == 3

    def test_a_year_that_may_be_mistyped_is_told(self, imported: Import):
        imported(HEADER + day(1))
        [said] = imported(HEADER + day(1) + day(2).replace("2013", "2015")).notes
        assert said.startswith("warning: 1 row of 2015-02-02 is more than a year after 2013-02-01")

    @pytest.mark.parametrize("rules", [DATED, UNDATED])
    def test_spans_of_other_rules_are_not_added_to(self, imported: Import, folder: Path, rules: ImportRules):
        imported(HEADER + day(1), rules)
        [span] = folder.glob("*.csv")
        span.rename(folder / "2012-01-01.csv")
        for path in folder.glob("*.csv"):
            path.write_text(path.read_text().replace("fare", "toll"))
        before = files(folder)
        with pytest.raises(
            DataError, match=r"2012-01-01\.csv has no column 'fare'.*run `evergreen init` again"
        ):
            imported(HEADER + day(2), rules)
        assert files(folder) == before

    def test_a_column_that_rows_may_lack_may_be_new(self, imported: Import, folder: Path):
        imported(HEADER + day(1))
        [span] = folder.glob("*.csv")
        span.write_text("day,fare,late\n2013-02-01,1,0\n")
        assert imported(HEADER + day(2)).rows == 1

    def test_spans_that_were_read_otherwise_are_not_added_to(self, imported: Import, folder: Path):
        comma = _fare_with(decimal=",")
        imported(FIRST)
        before = files(folder)
        with pytest.raises(
            DataError, match=r"other rules for the column 'fare' .* run `evergreen init FILE`"
        ):
            imported(HEADER + '9,01.02.2014,"1,50",a,0\n', comma)
        assert files(folder) == before
        more = _fare_with(nulls=("NA", "none"))
        assert imported(HEADER + "9,01.02.2014,none,,\n", more).written

    def test_where_no_span_is_left_other_rules_may_write(self, imported: Import, folder: Path):
        imported(FIRST)
        for path in folder.glob("*.csv"):
            path.unlink()
        comma = _fare_with(decimal=",")
        assert imported(HEADER + '9,01.02.2014,"1,50",a,0\n', comma).written
        with pytest.raises(DataError, match="other rules"):
            imported(FIRST)

    def test_a_day_may_come_in_two_files(self, imported: Import, folder: Path):
        imported(HEADER + day(1, "1"))
        outcome = imported(HEADER + day(1, "2"))
        assert files(folder)["2013-02-01.csv"].endswith("2013-02-01,1,a,0\n2013-02-01,2,a,0\n")
        assert outcome.notes == ("2013-02-01: 1 row added to the 1 that were there",)

    def test_a_day_that_was_exported_before_it_was_over_grows(self, imported: Import, folder: Path):
        imported(HEADER + day(1, "1"))
        assert imported(HEADER + day(1, "2") + day(1, "1")).written == {dt.date(2013, 2, 1): 2}
        assert files(folder)["2013-02-01.csv"].count("\n") == 3

    @pytest.mark.parametrize(
        ("rows", "words"),
        [
            (
                day(1, "1") + day(1, "3"),
                "f.csv: 1 of its 2 rows of 2013-02-01 are among the 2 of 2013-02-01.csv",
            ),
            (
                day(1, "1", late="1"),
                "f.csv: its 1 row of 2013-02-01 are those of 2013-02-01.csv with other labels",
            ),
        ],
    )
    def test_rows_that_may_be_there_already_are_asked_about(
        self, imported: Import, folder: Path, rows: str, words: str
    ):
        imported(HEADER + day(1, "1") + day(1, "2"))
        before = files(folder)
        with pytest.raises(DataError) as refusal:
            imported(HEADER + day(5) + rows)
        assert str(refusal.value).startswith(words)
        assert files(folder) == before
        imported(HEADER + rows, on_known="add")
        assert files(folder)["2013-02-01.csv"].count("\n") == 3 + rows.count("\n")

    def test_replace_puts_a_day_in_the_place_of_the_old_one(self, imported: Import, folder: Path):
        imported(HEADER + day(1, "1") + day(1, "2") + day(2))
        imported(HEADER + day(1, "1", late="1"), on_known="replace")
        assert files(folder)["2013-02-01.csv"].endswith("late\n2013-02-01,1,a,1\n")
        assert "2013-02-02.csv" in files(folder)
        imported(HEADER + day(1, "1", late="1") + day(1, "7"), on_known="replace")
        imported(HEADER + day(1, "7"), on_known="replace")
        assert files(folder)["2013-02-01.csv"].endswith("late\n2013-02-01,7,a,0\n")

    @pytest.mark.parametrize(("grain", "span"), [("week", "2013-02-04"), ("month", "2013-02-01")])
    def test_days_join_the_span_of_their_grain(self, imported: Import, folder: Path, grain: str, span: str):
        rules = dataclasses.replace(DATED, grain=grain)
        imported(HEADER + day(6, "6") + day(5, "5"), rules)
        outcome = imported(HEADER + day(6, "6") + day(7, "7"), rules)
        assert files(folder)[f"{span}.csv"].splitlines()[1:] == [f"2013-02-0{n},{n},a,0" for n in (5, 6, 7)]
        assert (outcome.rows, outcome.written) == (2, {dt.date.fromisoformat(span): 3})
        assert imported(HEADER + day(7, "7"), rules).known == (dt.date.fromisoformat(span),)

    def test_a_span_with_other_columns_is_not_added_to(self, imported: Import, folder: Path):
        folder.mkdir()
        (folder / "2013-02-01.csv").write_text("fare,day,late\n1,2013-02-01,0\n", encoding="utf-8")
        with pytest.raises(DataError, match=r"2013-02-01\.csv: its header is not that of f\.csv"):
            imported(FIRST)

    def test_a_compressed_span_is_not_doubled(self, imported: Import, folder: Path):
        folder.mkdir()
        (folder / "2013-02-01.csv.gz").write_bytes(gzip.compress(b"x"))
        with pytest.raises(DataError, match="unpack it"):
            imported(FIRST)

    def test_thousands_of_days_in_any_order(self, imported: Import, folder: Path):
        days = [dt.date(2000, 1, 1) + dt.timedelta(days=each) for each in range(1200)]
        rows = [f"1,{each:%d.%m.%Y},{at},a,0\n" for at in range(3) for each in reversed(days)]
        assert imported(HEADER + "".join(rows)).written == dict.fromkeys(days, 3)
        assert (folder / "2000-01-01.csv").read_text().splitlines()[1:] == [
            f"2000-01-01,{at},a,0" for at in range(3)
        ]


def test_a_comma_at_each_end_of_a_line_adds_no_column(imported: Import, folder: Path):
    text = "".join(f"{line},\n" for line in FIRST.splitlines())
    assert imported(text).rows == 3
    assert files(folder)["2013-02-02.csv"] == 'day,fare,zone,late\n2013-02-02,3,"c, ""d""",1\n'
    with pytest.raises(
        DataError, match=r"^f\.csv: line 102: 'x' in a column without a name, which is new; name"
    ):
        imported(HEADER.replace("\n", ",\n") + "1,01.02.2013,1.50,a,0,\n" * 100 + "1,01.02.2013,1.50,a,0,x\n")


def test_infinite_numbers_are_read_as_empty_with_a_note(tmp_path: Path, folder: Path):
    fares = [1.5, float("inf"), float("-inf"), 2.0]
    parquet.write_table(pa.table({"Fare": fares, "Zone": ["a"] * 4, "Late": [0] * 4}), tmp_path / "f.parquet")
    rules = dataclasses.replace(UNDATED, dialect=Dialect("parquet"))
    raw = open_raw(str(tmp_path / "f.parquet"), rules.dialect)
    outcome = import_spans(raw, rules, Expected("late"), folder)
    assert outcome.notes == ("f.parquet, column 'Fare': 2 cells are infinite and read as empty",)
    with pytest.raises(DataError, match=r"row group 0, row 1, column 'Fare': the cell says nothing"):
        import_spans(raw, rules, EXPECTED, folder)


def test_an_index_that_is_left_out_is_not_read(imported: Import):
    rules = dataclasses.replace(DATED, left_out=(*DATED.left_out, LeftOut("Unnamed: 0", "")))
    text = "".join(f"{at - 1 if at else ''},{line}\n" for at, line in enumerate(FIRST.splitlines()))
    assert imported(text, rules).rows == 3
    with pytest.raises(DataError, match=r"^f\.csv: line 2: '0' in a column without a name"):
        imported(text)


class TestUndated:
    def test_a_delivery_is_one_span_named_by_the_day(self, imported: Import, folder: Path):
        outcome = imported(FIRST, UNDATED)
        assert outcome == Outcome(3, {dt.date.today(): 3}, ())
        assert files(folder) == {f"{dt.date.today()}.csv": 'fare,zone,late\n1.5,a,0\n3,"c, ""d""",1\n,,\n'}

    def test_a_second_delivery_gets_the_next_free_day(self, imported: Import):
        imported(FIRST, UNDATED)
        tomorrow = dt.date.today() + dt.timedelta(days=1)
        assert imported(HEADER + day(1, "9"), UNDATED).written == {tomorrow: 1}

    def test_the_same_delivery_again_changes_nothing(self, imported: Import, folder: Path):
        imported(FIRST, UNDATED, day=dt.date(2013, 1, 1))
        assert imported(FIRST, UNDATED).known == (dt.date(2013, 1, 1),)
        assert list(files(folder)) == ["2013-01-01.csv"]

    def test_a_delivery_that_repeats_an_old_one_is_asked_about(self, imported: Import, folder: Path):
        imported(FIRST, UNDATED, day=dt.date(2013, 1, 1))
        with pytest.raises(DataError, match=r"every row of 2013-01-01\.csv is in it"):
            imported(FIRST + day(1, "9"), UNDATED)
        assert list(files(folder)) == ["2013-01-01.csv"]
        imported(FIRST + day(1, "9"), UNDATED, on_known="add", day=dt.date(2013, 1, 2))
        assert list(files(folder)) == ["2013-01-01.csv", "2013-01-02.csv"]

    def test_a_day_that_is_taken_is_refused_unless_it_is_to_be_replaced(self, imported: Import, folder: Path):
        imported(FIRST, UNDATED, day=dt.date(2013, 1, 1))
        with pytest.raises(DataError, match="choose another day for --as"):
            imported(HEADER + day(1, "9"), UNDATED, day=dt.date(2013, 1, 1))
        imported(HEADER + day(1, "9"), UNDATED, day=dt.date(2013, 1, 1), on_known="replace")
        assert files(folder) == {"2013-01-01.csv": "fare,zone,late\n9,a,0\n"}


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (HEADER + day(1) + day(2, late="2"), "f.csv: line 3, column 'Late': '2' is none of 0, 1; "),
            (HEADER + day(1, zone="x"), "f.csv: line 2, column 'Zone': 'x' is none of a, b, "),
            (
                HEADER + day(1, "NA"),
                "f.csv: line 2, column 'Fare': the cell says nothing, and every row needs",
            ),
            (HEADER + "1,,2,a,0\n", "f.csv: line 2, column 'Day': the cell says nothing"),
            (HEADER + "1,,2,a,\n", "f.csv: line 2, column 'Day': the cell says nothing"),
            (
                HEADER + "\n" + day(31),
                "f.csv: line 3, column 'Day': '31.02.2013' is not a date written %d.%m.%Y; ",
            ),
            (HEADER + day(1, "1" * 50 + "x"), f"f.csv: line 2, column 'Fare': '{'1' * 40}'… is not a number"),
            (HEADER + day(1) + "1,2\n", "f.csv: line 3: 2 cells, expected 5"),
            (HEADER.replace("Zone", "Area") + day(1), "f.csv: column 'Zone' is missing"),
            (HEADER.replace("\n", ",Tip\n") + day(1).replace("\n", ",1\n"), "f.csv: new column 'Tip'; "),
            (FIRST.replace(",", ";"), "f.csv: its cells are separated by semicolons"),
            ("", "f.csv: the file is empty"),
            (HEADER, "f.csv: a header and no rows"),
        ],
    )
    def test_what_no_longer_fits_changes_nothing(self, imported: Import, folder: Path, text: str, words: str):
        with pytest.raises(DataError) as refusal:
            imported(text)
        assert str(refusal.value).startswith(words)
        assert not folder.exists()

    def test_a_row_far_down_is_found_by_its_line(self, imported: Import, folder: Path):
        rows = "".join(day(1 + at % 28, str(at)) for at in range(60_000))
        with pytest.raises(DataError, match=r"^f\.csv: line 60002, column 'Late': '2' is none of"):
            imported(HEADER + rows + day(1, late="2"))
        assert not folder.exists()

    def test_a_row_without_a_label_needs_no_value(self, imported: Import):
        assert imported(HEADER + day(1, "NA", late="")).rows == 1


class TestAllOrNothing:
    def test_a_dry_run_says_the_same_and_writes_nothing(self, imported: Import, folder: Path):
        dry = imported(FIRST, dry_run=True)
        assert not folder.exists()
        assert dry == imported(FIRST)

    def test_a_marker_follows_each_span(self, imported: Import, folder: Path):
        imported(FIRST, marker=".done")
        assert [name for name in files(folder) if name.endswith(".done")] == [
            "2013-02-01.csv.done",
            "2013-02-02.csv.done",
        ]

    def test_two_imports_do_not_write_at_once(self, imported: Import, folder: Path):
        folder.mkdir()
        descriptor = os.open(folder, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with pytest.raises(BusyError, match="another import"):
            imported(FIRST)
        os.close(descriptor)
        assert imported(FIRST).rows == 3

    @pytest.mark.parametrize(
        ("where", "left", "then"),
        [
            ("pipeline.data.imports.staging.Staging.flush", [], "nothing"),
            ("pipeline.data.imports.staging.shutil.rmtree", ["2013-02-01.csv", "2013-02-02.csv"], "known"),
            ("pipeline.data.imports.staging.interrupts.deferred", [], "finished"),
        ],
    )
    def test_a_kill_leaves_nothing_half(
        self, imported: Import, folder: Path, where: str, left: list[str], then: str
    ):
        file = folder.with_name("f.csv")
        file.write_text(FIRST, encoding="utf-8")
        folder.mkdir()
        script = f"""
            import os, signal
            from pathlib import Path
            from unittest import mock
            from tests.pipeline.data.imports.test_import_spans import DATED, EXPECTED, import_spans, open_raw
            with mock.patch("{where}", lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)):
                import_spans(open_raw({str(file)!r}), DATED, EXPECTED, Path({str(folder)!r}))
        """
        killed = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
        assert killed.returncode == -signal.SIGKILL
        assert [name for name in sorted(os.listdir(folder)) if name[0] != "."] == left
        outcome = imported(FIRST)
        assert len(outcome.known) == (0 if then == "nothing" else 2)
        assert any("interrupted" in note for note in outcome.notes) is (then == "finished")
        assert len(files(folder)) == 2

    @pytest.mark.parametrize("moves", [0, 1])
    @pytest.mark.parametrize("marker", [None, ".done"])
    def test_whatever_move_a_kill_comes_after_all_spans_are_there_and_marked(
        self, imported: Import, folder: Path, monkeypatch: pytest.MonkeyPatch, moves: int, marker: str | None
    ):
        with monkeypatch.context() as patch:
            patch.setattr("pipeline.data.imports.staging._publish", _killed_after(moves))
            with pytest.raises(KeyboardInterrupt):
                imported(FIRST, marker=marker)
        assert len(imported(FIRST, marker=marker).known) == 2
        spans = ["2013-02-01.csv", "2013-02-02.csv"]
        assert [*files(folder)] == sorted(spans + [f"{name}{marker}" for name in spans if marker])

    def test_what_a_kill_leaves_while_it_clears_up_blocks_no_other(self, imported: Import, folder: Path):
        (folder / ".import").mkdir(parents=True)
        (folder / ".import" / "complete").touch()
        assert imported(FIRST).rows == 3
        assert len(files(folder)) == 2


def _killed_after(moves: int) -> Callable[..., bool]:
    left = iter(range(moves))

    def publish(staged: Path, span: Path, *_: object) -> bool:
        if next(left, None) is None:
            raise KeyboardInterrupt
        os.replace(staged, span)  # and killed before its marker is set
        return True

    return publish
