"""A file to be predicted is read by the import's rules where its header is that of raw files."""

import pytest

from pipeline.data.convert.raw_request import is_raw, rules_for
from pipeline.data.rules.dialect import Dialect
from pipeline.data.rules.import_rules import ColumnRule, ImportRules
from pipeline.errors import DataError

RULES = ImportRules(
    Dialect(),
    "file",
    None,
    (
        ColumnRule("fare", "Fare (€)", "number"),
        ColumnRule("zone", "zone"),
        ColumnRule("paid", "Paid?", "boolean"),
    ),
)


@pytest.mark.parametrize(
    ("header", "is_span", "expected"),
    [
        (("Fare (€)", "zone", "Paid?"), False, True),
        (("Fare (€)", "zone"), True, True),
        (("fare", "zone", "paid"), False, False),
        (("zone",), False, True),
        (("zone",), True, False),
        (("x",), False, False),
    ],
)
def test_a_header_nearer_to_raw_files_is_one(header, is_span, expected):
    assert is_raw(header, RULES, {"fare", "zone"}, is_span=is_span) is expected


def test_the_label_and_what_a_model_may_do_without_may_be_missing():
    rules = rules_for("f.csv", ("Fare (€)", "more"), RULES, {"fare"}, {"zone"})
    assert [rule.name for rule in rules.columns] == ["fare"]


def test_a_column_that_is_needed_is_named_as_in_raw_files():
    with pytest.raises(
        DataError, match=r"^f\.csv: column 'Fare \(€\)' is missing \(is it 'fare €'\?\); the header"
    ):
        rules_for("f.csv", ("fare €", "zone"), RULES, {"fare", "zone"}, set())
