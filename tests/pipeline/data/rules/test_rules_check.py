"""Rules that contradict themselves are refused with the key that is wrong."""

import dataclasses

import pytest

from pipeline.data.rules.dialect import Dialect
from pipeline.data.rules.import_rules import ColumnRule, ImportRules, LeftOut
from pipeline.data.rules.rules_check import column_fault, table_fault

DAY = ColumnRule("day", "Day", "date", formats=("%Y-%m-%d",))
FARE = ColumnRule("fare", "Fare", "number")
OK = ColumnRule("ok", "Ok", "boolean", ones=("yes",), zeros=("no",))
TABLE = ImportRules(Dialect(), "day", "day", (DAY, FARE, OK), (LeftOut("Id", "names each row"),))


@pytest.mark.parametrize(
    "rule",
    [
        DAY,
        FARE,
        OK,
        ColumnRule("x", "x", nulls=("NA", "-")),
        ColumnRule("x", "x", "clock", formats=("%H:%M",)),
        ColumnRule("x", "x", "timestamp", formats=("unix seconds", "%d.%m.%y"), pivot=0),
        ColumnRule("x", "x", "date", formats=("%d.%m.%y",), pivot=99),
        ColumnRule("x", "x", "whole", thousands="'", remove=("km",), negative_parentheses=True),
        ColumnRule("x", "x", "number", decimal=",", thousands=" ", remove=("Fr.",)),
    ],
)
def test_a_rule_that_can_be_used_has_no_fault(rule: ColumnRule):
    assert column_fault(rule) is None


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        (ColumnRule("x", "x", nulls=("NA ",)), "nulls: blanks around"),
        (ColumnRule("x", "x", formats=("%Y",)), "format: is of date, timestamp, clock, and this is text"),
        (ColumnRule("x", "x", pivot=30), "pivot: is of dates and timestamps"),
        (ColumnRule("x", "x", "date"), "a date needs `format`"),
        (ColumnRule("x", "x", "date", formats=("%Q",)), "format: '%Q': %Q is not known"),
        (ColumnRule("x", "x", "date", formats=("%Y-%m-%d", "%d.%m")), "format: '%d.%m' lacks a year"),
        (ColumnRule("x", "x", "timestamp", formats=("%H:%M",)), "format: '%H:%M' lacks a year"),
        (ColumnRule("x", "x", "clock", formats=("%M",)), "format: '%M' lacks an hour"),
        (ColumnRule("x", "x", "clock", formats=("unix seconds",)), "format: 'unix seconds' is no format of"),
        (ColumnRule("x", "x", "date", formats=("%d.%m.%y",), pivot=100), "pivot: 100 is no year"),
        (ColumnRule("x", "x", "date", formats=("%d.%m.%y",), pivot=-1), "pivot: -1 is no year"),
        (ColumnRule("x", "x", "date", formats=("%d.%m.%Y",), pivot=30), "pivot: is for years of two digits"),
        (ColumnRule("x", "x", decimal=","), "decimal: is of whole and number, and this is text"),
        (ColumnRule("x", "x", thousands=","), "thousands: is of whole and number"),
        (ColumnRule("x", "x", remove=("$",)), "remove: is of whole and number"),
        (ColumnRule("x", "x", negative_parentheses=True), "negative_parentheses: is of whole and number"),
        (ColumnRule("x", "x", "number", decimal=";"), "decimal: ';' is neither"),
        (ColumnRule("x", "x", "number", thousands=";"), "thousands: ';' is none of"),
        (ColumnRule("x", "x", "number", thousands="."), "thousands and decimal are both '.'"),
        (ColumnRule("x", "x", "number", remove=(" ",)), "remove: ' ' may be part of a number"),
        (ColumnRule("x", "x", "number", remove=("m2",)), "remove: 'm2' may be part of a number"),
        (ColumnRule("x", "x", "number", remove=("e",)), "remove: 'e' may be part of a number"),
        (ColumnRule("x", "x", "number", ones=("1",)), "ones: is of boolean, and this is number"),
        (ColumnRule("x", "x", "number", zeros=("0",)), "zeros: is of boolean"),
        (ColumnRule("x", "x", "boolean", ones=("yes",)), "a boolean needs `ones` and `zeros`"),
        (ColumnRule("x", "x", "boolean", zeros=("no",)), "a boolean needs `ones` and `zeros`"),
        (ColumnRule("x", "x", "boolean", ones=("Y", "1"), zeros=("y",)), "'y' stands under ones and under"),
    ],
)
def test_a_fault_of_a_rule_is_named(rule: ColumnRule, fault: str):
    assert (column_fault(rule) or "").startswith(fault)


@pytest.mark.parametrize(
    "table",
    [
        TABLE,
        dataclasses.replace(TABLE, grain="file", date=None),
        # A timestamp and its date are two columns of one.
        dataclasses.replace(TABLE, columns=(DAY, ColumnRule("text", "Day"))),
    ],
)
def test_a_table_that_can_be_used_has_no_fault(table: ImportRules):
    assert table_fault(table) is None


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"columns": (DAY, FARE, FARE)}, "the column 'fare' stands twice"),
        ({"left_out": (LeftOut("Fare", ""),)}, "the column 'Fare' is under columns and under left_out"),
        ({"left_out": (LeftOut("Id", ""),) * 2}, "the column 'Id' stands twice under left_out"),
        ({"grain": "file"}, "grain: file has rows without dates"),
        ({"date": None}, "grain: day needs `date`"),
        ({"date": "dya"}, "date: 'dya' is no name of a column"),
        ({"date": "fare"}, "date: 'fare' is read as number"),
    ],
)
def test_a_fault_of_the_table_is_named(changes: dict[str, object], fault: str):
    assert (table_fault(dataclasses.replace(TABLE, **changes)) or "").startswith(fault)
