"""Which texts are numbers under a rule, and what makes Python's texts of them."""

import re

import pytest

from pipeline.data.rules.import_rules import ColumnRule
from pipeline.data.rules.number_text import expected_number, number_pattern, python_number

GERMAN = ColumnRule("x", "x", "number", decimal=",", thousands=".")
MONEY = ColumnRule("x", "x", "number", thousands=",", remove=("$", "US$", "EUR"), negative_parentheses=True)
SWISS = ColumnRule("x", "x", "number", thousands="'")
FRENCH = ColumnRule("x", "x", "number", decimal=",", thousands=" ")
PLAIN = ColumnRule("x", "x", "number")
WHOLE = ColumnRule("x", "x", "whole")


def read(rule: ColumnRule, text: str) -> str | None:
    if not re.match(number_pattern(rule), text):
        return None
    return python_number(text, rule)


@pytest.mark.parametrize(
    ("rule", "text", "number"),
    [
        (PLAIN, "-1.5e-3", "-1.5e-3"),
        (PLAIN, ".5", ".5"),
        (PLAIN, "5.", "5."),
        (GERMAN, "1.234.567,5", "1234567.5"),
        (GERMAN, "1234,5", "1234.5"),
        (SWISS, "1'234.5", "1234.5"),
        (SWISS, "1’234", "1234"),
        (FRENCH, "1 234,5", "1234.5"),
        (FRENCH, "1\u202f234\u00a0567", "1234567"),
        (MONEY, "$1,234.50", "1234.50"),
        (MONEY, "-$ 5", "-5"),
        (MONEY, "US$ 5", "5"),
        (MONEY, "5 EUR", "5"),
        (MONEY, "($5)", "-5"),
        (MONEY, "$(5)", "-5"),
        (ColumnRule("x", "x", "number", remove=("%",)), "12.5 %", "12.5"),
        (WHOLE, "12.0", "12.0"),
        (PLAIN, "\u22121.5", "-1.5"),
        (PLAIN, "1.5-", "-1.5"),
        (GERMAN, "1.234,5-", "-1234.5"),
        (FRENCH, "\u22121\u00a0234,5", "-1234.5"),
        (MONEY, "$1,234.50-", "-1234.50"),
        (MONEY, "1,234.50 EUR -", "-1234.50"),
    ],
)
def test_a_number_is_read(rule: ColumnRule, text: str, number: str):
    assert read(rule, text) == number


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (PLAIN, "1,5"),
        (PLAIN, "(5)"),
        (PLAIN, "$5"),
        (PLAIN, "1 5"),
        (PLAIN, "nan"),
        (PLAIN, "0x1F"),
        (PLAIN, "1e"),
        (PLAIN, "."),
        (PLAIN, "--5"),
        (PLAIN, "-5-"),
        (PLAIN, "5 -"),
        (PLAIN, "5+"),
        (MONEY, "($5)-"),
        (GERMAN, "1.5"),
        (GERMAN, "1.23.456"),
        (GERMAN, "1,234.5"),
        (MONEY, "$"),
        (MONEY, "(5"),
        (MONEY, "£5"),
        (WHOLE, "12.5"),
        (WHOLE, "1e3"),
    ],
)
def test_another_text_is_none(rule: ColumnRule, text: str):
    assert read(rule, text) is None


def test_a_message_says_how_numbers_are_written():
    assert expected_number(PLAIN) == "a number with a decimal point"
    assert expected_number(GERMAN) == "a number with a decimal comma (thousands apart by '.')"
    assert expected_number(WHOLE) == "a whole number"
