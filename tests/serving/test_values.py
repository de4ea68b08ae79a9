"""What is said of a value that cannot be one, and which decimals are whole numbers."""

import math

import pytest

from serving.values import EXACT_BELOW, day_refusal, describe, quoted, refusal, whole

WHOLE = "is not a whole number"
FINITE = "is not a finite number"


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("int", "x", f"'x' {WHOLE}"),
        ("int", "1_545", f"'1_545' {WHOLE}"),
        ("int", "12.5", f"'12.5' {WHOLE}; round it, or make the column a float32"),
        ("int", 12.5, f"'12.5' {WHOLE}; round it, or make the column a float32"),
        ("int", ".5", f"'.5' {WHOLE}; round it, or make the column a float32"),
        ("int", "5.", f"'5.' {WHOLE}; round it, or make the column a float32"),
        ("int", "1e3", f"'1e3' {WHOLE}; round it, or make the column a float32"),
        ("int", "NA", f"'NA' {WHOLE}; leave it empty if nothing is known"),
        ("int", " - ", f"' - ' {WHOLE}; leave it empty if nothing is known"),
        ("int", "1,000", f"'1,000' {WHOLE}; write a point before decimals, and nothing between thousands"),
        ("int", "\u0661\u0662", f"'\u0661\u0662' {WHOLE}; write the digits 0 to 9"),
        ("int", "+5", f"'+5' {WHOLE} without a sign"),
        ("int", "9" * 20, f"'{'9' * 20}' {WHOLE} of 64 bits"),
        ("int", "-" + "9" * 20, f"'-{'9' * 20}' {WHOLE} of 64 bits"),
        ("int", "0x1F", f"'0x1F' {WHOLE}"),
        ("int", "12", f"'12' {WHOLE}"),
        ("int", str(2**63 - 1), f"'{2**63 - 1}' {WHOLE}"),
        ("int", str(2**63), f"'{2**63}' {WHOLE} of 64 bits"),
        ("int", str(-(2**63)), f"'{-(2**63)}' {WHOLE}"),
        ("int", str(-(2**63) - 1), f"'{-(2**63) - 1}' {WHOLE} of 64 bits"),
        ("int", "\xa012", f"'\\xa012' {WHOLE}"),
        ("int", " ", f"' ' {WHOLE}; leave it empty if nothing is known"),
        (
            "int",
            1e15,
            f"'1000000000000000.0' {WHOLE}; a decimal holds so many digits not for certain, so write it "
            "without the point",
        ),
        (
            "float",
            "-Infinity",
            f"'-Infinity' {FINITE}; numbers end at 3.4e38; leave it empty if nothing is known",
        ),
        ("float", "warm", f"'warm' {FINITE}"),
        ("float", math.inf, f"'inf' {FINITE}; numbers end at 3.4e38; leave it empty if nothing is known"),
        ("float", math.nan, f"'nan' {FINITE}; leave it empty if nothing is known"),
        ("float", "2,5", f"'2,5' {FINITE}; write a point before decimals, and nothing between thousands"),
        ("float", "\u0661.5", f"'\u0661.5' {FINITE}; write the digits 0 to 9"),
        ("bool", "maybe", "'maybe' is not true or false"),
        ("bool", "NA", "'NA' is not true or false"),
        ("text", "1,2", "'1,2' is not UTF-8 text"),
    ],
)
def test_a_refusal_shows_the_value_what_it_should_be_and_what_to_do(kind, value, message: str):
    assert refusal(kind, value) == message


def test_a_day_is_written_in_one_way():
    assert day_refusal("2013-02-30") == "'2013-02-30' is not a day written YYYY-MM-DD"


def test_kinds_have_names():
    assert [describe(kind) for kind in ("int", "float", "text", "bool")] == [
        "a whole number",
        "a finite number",
        "UTF-8 text",
        "true or false",
    ]


def test_a_value_is_shown_by_its_beginning_and_without_control_characters():
    assert quoted("x" * 40) == f"'{'x' * 40}'"
    assert quoted("x" * 41) == f"'{'x' * 40}'…"
    assert quoted("a\x1b[31m\nb") == r"'a\x1b[31m\nb'"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (12.0, 12),
        (-1.0, -1),
        (-0.0, 0),
        (float(EXACT_BELOW - 1), EXACT_BELOW - 1),
        (float(EXACT_BELOW), None),
        (-float(EXACT_BELOW), None),
        (12.5, None),
        (1e300, None),
        (math.inf, None),
        (math.nan, None),
    ],
)
def test_a_decimal_is_a_whole_number_only_where_no_digit_can_be_lost(value: float, number: int | None):
    assert whole(value) == number
