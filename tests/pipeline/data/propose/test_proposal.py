"""A table's proposal: what its columns are, how it is split, what is asked."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.data.infer.survey import survey
from pipeline.data.propose.proposal import Proposal, propose
from pipeline.data.propose.questions import Answers, Defaults, Nobody
from pipeline.data.raw.open_raw import open_raw
from pipeline.errors import ConfigError, DataError
from tests.pipeline.data import practice_tables
from tests.pipeline.data.practice_tables import TABLES, Table

TODAY = dt.date(2024, 6, 1)


def _proposed(table: Table, folder, answers: Answers | None = None) -> Proposal:
    found = survey(open_raw(str(table.write(folder))))
    return propose(found, table.label, answers or Answers(), Defaults(), TODAY)


@pytest.mark.parametrize("make", TABLES)
def test_every_column_of_a_practice_table_is_what_it_should_be(make, tmp_path):
    table = make()
    proposal = _proposed(table, tmp_path)
    by_source = {
        column.source: column for column in proposal.columns if column.role != "date" or column.kind == "date"
    }
    if any(truth and truth[1] == "timestamp" for truth in table.truth.values()):
        by_source |= {column.source: column for column in proposal.columns if column.kind == "timestamp"}
    found = {
        source: None if column.left_out else (column.rule.dtype, column.kind, column.role)
        for source, column in by_source.items()
    }
    assert found == table.truth


def test_a_column_that_is_left_out_says_why(tmp_path):
    proposal = _proposed(practice_tables.orders(), tmp_path)
    why = {column.source: column.reason for column in proposal.columns if column.left_out}
    assert "another value in every row" in why["order id"]
    assert why["shop"] == "constant: 'X' in every row"
    assert why["category copy"] == "says the same as category in every row"
    assert why["refund amount"].startswith("a leak: it alone predicts the label with AUC 1.0")


def test_a_leak_stays_where_somebody_says_so(tmp_path):
    proposal = _proposed(
        practice_tables.orders(), tmp_path, Answers(keep=("outcome",), leave_out=("amount",))
    )
    kept = {column.source for column in proposal.kept}
    assert "outcome" in kept
    assert "amount" not in kept


def test_whole_numbers_that_no_float_holds_are_features_too(tmp_path):
    accounts = [[10**17 + 1 + row % 40 * 7, row % 2, row % 3 == 0] for row in range(400)]
    truth = {"account": None, "group": None, "late": None}
    proposal = _proposed(Table("accounts.csv", "late", accounts, truth), tmp_path)
    assert [column.rule.dtype for column in proposal.kept if column.source == "account"] == ["int64"]


def test_both_indexes_of_a_file_that_pandas_wrote_twice_are_left_out(tmp_path):
    rows = [[row, row, row % 40, row % 3 == 0] for row in range(400)]
    truth = {"": None, "Unnamed: 0": None, "x": None, "late": None}
    proposal = _proposed(Table("twice.csv", "late", rows, truth), tmp_path)
    assert {column.source for column in proposal.kept} == {"x", "late"}


def test_a_class_named_none_is_no_missing_value(tmp_path):
    proposal = _proposed(practice_tables.reviews(), tmp_path)
    assert proposal.label.task.classes == ("bad", "good", "none")
    assert "none" not in proposal.label.column.rule.nulls


def test_a_weekly_panel_is_split_by_weeks(tmp_path):
    proposal = _proposed(practice_tables.panel(), tmp_path)
    assert proposal.grain == "week"
    assert (proposal.calendar.days, proposal.calendar.eval_days, proposal.eval_fraction) == (60, 12, 0)


def test_an_undated_table_is_split_by_its_key(tmp_path):
    proposal = _proposed(practice_tables.patients(), tmp_path)
    assert (proposal.grain, proposal.split_key, proposal.eval_fraction) == ("file", "patient_id", 0.2)
    assert not proposal.spread_copies


def test_copies_are_spread_where_most_rows_have_twins(tmp_path):
    assert _proposed(practice_tables.passengers(), tmp_path).spread_copies
    assert not _proposed(practice_tables.houses(), tmp_path).spread_copies


def test_the_time_of_a_row_gives_its_day_as_well(tmp_path):
    proposal = _proposed(practice_tables.orders(), tmp_path)
    assert proposal.date.name == "ordered_at_date"
    assert [column.name for column in proposal.kept if column.source == "ordered at"] == [
        "ordered_at_date",
        "ordered_at",
    ]


def test_births_of_two_digit_years_are_in_the_past(tmp_path):
    proposal = _proposed(practice_tables.patients(), tmp_path)
    (birth,) = (column for column in proposal.kept if column.source == "birth date")
    assert birth.rule.pivot == TODAY.year % 100


def test_the_gates_stand_between_a_constant_and_boosting(tmp_path):
    proposal = _proposed(practice_tables.houses(), tmp_path)
    for limit in proposal.limits:
        score = proposal.baseline.scores[limit.metric]
        assert score.value < limit.floor < score.without


def test_where_nobody_can_be_asked_the_missing_flags_are_named(tmp_path):
    table = practice_tables.orders()
    asks = Nobody()
    propose(survey(open_raw(str(table.write(tmp_path)))), table.label, Answers(), asks, TODAY)
    with pytest.raises(ConfigError) as error:
        asks.refuse()
    for flag in ("--leave-out 'refund amount' or --keep 'refund amount'", "--yes"):
        assert flag in str(error.value)


def test_an_open_order_of_day_and_month_is_asked(tmp_path):
    days = [["0", f"0{1 + row % 9}/0{1 + row % 8}/2023", row % 7] for row in range(200)]
    for number, day in enumerate(days):
        day[0] = number % 2
    table = Table("days.csv", "y", days, {"y": None, "when": None, "x": None})
    asks = Nobody()
    propose(survey(open_raw(str(table.write(tmp_path)))), "y", Answers(), asks, TODAY)
    with pytest.raises(ConfigError, match="--day-first or --month-first"):
        asks.refuse()
    settled = Nobody()
    told = propose(survey(open_raw(str(table.write(tmp_path)))), "y", Answers(order="month"), settled, TODAY)
    settled.refuse()
    assert {column.rule.formats for column in told.kept if column.source == "when"} == {("%m/%d/%Y",)}


BAD = {
    "constant": ([[1, row] for row in range(80)], "is 1 in every row"),
    "unique": ([[f"name{row}", row] for row in range(80)], "80 different values"),
    "null": ([["" if row % 5 else row % 2, row] for row in range(400)], "empty in 80% of 400 rows"),
    "few": ([[row % 2, row] for row in range(10)], "10 rows have a label; expected at least 50"),
    "rare": ([[["a", "b", "c"][row % 2 if row else 2], row % 7] for row in range(80)], "class 'c'"),
    "dates": ([[f"2020-01-{1 + row % 28:02d}", row % 7] for row in range(80)], "holds dates"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_label_that_nothing_can_be_learned_of_is_refused_in_one_line(fault, tmp_path):
    rows, words = BAD[fault]
    table = Table("bad.csv", "y", rows, {"y": None, "x": None})
    with pytest.raises(DataError) as error:
        _proposed(table, tmp_path)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "classes", [("AS", "EU", "NA"), ("+", "-"), ("!", "?"), ("EU", "NA"), ("a", "null"), ("1", "NA")]
)
def test_a_null_code_in_many_rows_of_a_label_is_a_class_and_said(classes, tmp_path):
    rows = [[classes[row % len(classes)], row % 7] for row in range(120)]
    proposal = _proposed(Table("codes.csv", "y", rows, {"y": None, "x": None}), tmp_path)
    assert set(proposal.label.task.classes) == set(classes)
    assert proposal.label.rows == 120
    assert not {*classes} & {*proposal.label.column.rule.nulls}
    assert any("is a class" in each for each in proposal.warnings)


@pytest.mark.parametrize("values", [("0", "1"), ("yes", "no"), ("1.5", "2", "3")])
def test_a_null_code_among_numbers_or_yes_and_no_is_no_class(values, tmp_path):
    rows = [["NA" if row % 4 == 0 else values[row % len(values)], row % 7] for row in range(240)]
    proposal = _proposed(Table("codes.csv", "y", rows, {"y": None, "x": None}), tmp_path)
    assert "NA" not in proposal.label.task.classes
    assert proposal.label.rows == 180


def test_a_refused_label_names_the_null_code_that_made_it_empty(tmp_path):
    few = [["NA" if row == 5 else "a", row % 7] for row in range(240)]
    many = [["?" if row % 4 else row, row % 7] for row in range(400)]
    for rows, code in ((few, "'NA'? in 1"), (many, r"'?\?'? in 300")):
        with pytest.raises(DataError, match=code):
            _proposed(Table("codes.csv", "y", rows, {"y": None, "x": None}), tmp_path)


def test_a_label_that_is_not_there_is_named_with_the_nearest(tmp_path):
    found = survey(open_raw(str(practice_tables.houses().write(tmp_path))))
    with pytest.raises(ConfigError, match=r"there is no such column \(did you mean 'SalePrice'\?\)"):
        propose(found, "saleprise", Answers(), Defaults(), TODAY)


def test_the_positive_class_can_be_chosen(tmp_path):
    proposal = _proposed(practice_tables.patients(), tmp_path, Answers(positive="1"))
    assert proposal.label.task.classes == (2, 1)
    with pytest.raises(ConfigError, match="is no class of the label"):
        _proposed(practice_tables.patients(), tmp_path, Answers(positive="3"))


def test_a_date_that_is_none_is_refused(tmp_path):
    with pytest.raises(DataError, match="its values are no days"):
        _proposed(practice_tables.houses(), tmp_path, Answers(date="Neighborhood"))


def test_a_label_named_by_its_new_name_is_not_left_out(tmp_path):
    rows = [[row % 2, row % 7] for row in range(80)]
    found = survey(open_raw(str(Table("y.csv", "Is y?", rows, {"Is y?": None, "x": None}).write(tmp_path))))
    (name, _) = (column.name for column in found.proposals(None, TODAY))
    with pytest.raises(ConfigError, match=r"--leave-out 'Is y\?'"):
        propose(found, name, Answers(leave_out=("Is y?",)), Defaults(), TODAY)
