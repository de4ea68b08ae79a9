"""An exception of the data gate names a column, or a cross, that its check has."""

import json

import pytest

from components.data_gate.columns import GateColumns
from pipeline.config.exceptions_rule import faulty_exceptions
from pipeline.config.load import load
from pipeline.errors import ConfigError

COLUMNS = GateColumns(
    kinds={
        "late": "category",
        "temp": "number",
        "carrier": "category",
        "origin": "category",
        "left": "clock",
    },
    label="late",
    crosses=(("carrier", "origin"), ("left.hour", "origin"), ("temp", "origin")),
)


@pytest.mark.parametrize(
    ("check", "column"),
    [
        ("null_share", "temp"),
        ("label_drift", "late"),
        ("skew", "carrier"),
        ("cross", "carrier × origin"),
        ("cross", "left × origin"),
    ],
)
def test_what_a_check_has_is_taken(check: str, column: str):
    assert [*faulty_exceptions([(check, column)], COLUMNS)] == []


@pytest.mark.parametrize(
    ("check", "column", "fault"),
    [
        (
            "null_share",
            "tmp",
            "there is no column 'tmp' (did you mean 'temp'?); there are late, temp, carrier, origin, left",
        ),
        (
            "cross",
            "carrier x origin",
            "there is no cross 'carrier x origin' (did you mean 'carrier × origin'?); there are carrier × "
            "origin, left × origin",
        ),
        ("cross", "temp × origin", "there is no cross 'temp × origin' (did you mean"),
        ("cross", "temp", "there is no cross 'temp'; there are carrier × origin, left × origin"),
        ("null_share", "carrier × origin", "there is no column 'carrier × origin'"),
        ("few_rows", "temp", "the check few_rows is of no column; say in data_gate.checks what it does"),
        ("stale_data", "temp", "the check stale_data is of no column"),
    ],
)
def test_what_it_has_not_is_a_fault(check: str, column: str, fault: str):
    ((position, found),) = faulty_exceptions([("skew", "temp"), (check, column)], COLUMNS)
    assert position == 1
    assert found.startswith(fault)


@pytest.mark.parametrize(("number", "more"), [(10, False), (11, True)])
def test_many_columns_are_cut_short(number: int, more: bool):
    many = GateColumns(kinds={f"c{at}": "number" for at in range(number)}, label="c0")
    ((_, fault),) = faulty_exceptions([("skew", "x")], many)
    assert (" and 1 more" in fault, " more" in fault) == (more, more)


def test_a_configuration_with_such_an_exception_is_refused_at_its_line():
    item = {"check": "null_share", "column": "distanc", "reaction": "warn"}
    with pytest.raises(ConfigError) as raised:
        load("local", {"data_gate.exceptions": json.dumps([item])})
    assert str(raised.value) == (
        "--set: data_gate.exceptions.0.column: there is no column 'distanc' (did you mean 'distance'?); "
        "there are day, late, origin, carrier, distance, clock"
    )
    right = {**item, "column": "distance"}
    assert (
        load("local", {"data_gate.exceptions": json.dumps([right])}).data_gate.exceptions[0].column
        == "distance"
    )
