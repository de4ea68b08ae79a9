from __future__ import annotations

import pytest

from pipeline.data.infer.number_forms import find_form
from pipeline.data.profile.shape import shape


def _form(*values: str, file_decimal: str | None = None):
    return find_form({shape(value): 1 for value in values}, file_decimal)


@pytest.mark.parametrize(
    ("values", "decimal", "thousands"),
    [
        (["1", "2"], ".", ""),
        (["1.5", ".5", "-4.2e-5"], ".", ""),
        (["0,5", "12"], ",", ""),
        (["1.234,56", "7,5"], ",", "."),
        (["1,234.56"], ".", ","),
        (["1,234,567"], ".", ","),
        (["1.234.567"], ",", "."),
        (["1 234,5"], ",", " "),
        (["1\u00a0234,5", "1\u202f234", "1\u2009234", "1 234"], ",", " "),
        (["1\u2019234.5"], ".", "'"),
        (["\u22121.5", "1.5-"], ".", ""),
        (["1'234.5"], ".", "'"),
    ],
)
def test_separators_are_what_the_column_shows(values, decimal, thousands):
    form = _form(*values)
    assert (form.decimal, form.thousands) == (decimal, thousands)
    assert not form.is_open


def test_two_signs_make_no_number():
    assert _form("-5-") is None
    assert _form("(5)-") is None
    assert _form("5 -") is None


def test_one_group_of_three_is_open_until_the_file_tells():
    assert _form("1,234").is_open
    assert _form("1.234").is_open
    told = _form("1.234", file_decimal=",")
    assert (told.decimal, told.thousands, told.is_open) == (",", ".", False)


def test_currencies_percent_signs_and_units_are_taken_off():
    assert _form("$1,200.50", "$3.00").remove == ("$",)
    assert _form("12,5 %").remove == ("%",)
    assert _form("5 kg", "7.5 kg").remove == ("kg",)


def test_parentheses_are_a_minus():
    assert _form("$1.50", "($1.50)").parentheses
    assert not _form("$1.50").parentheses


@pytest.mark.parametrize(
    "values",
    [["1.2.3"], ["192.168.1.1"], ["555-1234"], ["1-2"], ["a1"], ["(5"], ["5 kg", "7 m"], ["1,5", "1.5"], []],
)
def test_what_is_no_number_is_none(values):
    assert _form(*values) is None
