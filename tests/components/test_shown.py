"""A value in a message is on one line, and does not fill the screen."""

import pytest

from components.did_you_mean import did_you_mean
from components.shown import shown, typed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "'a'"),
        (3, "3"),
        (None, "None"),
        ("two\nlines\x1b[31m\u202e", "'two\\nlines\\x1b[31m\\u202e'"),
        ("x" * 118, repr("x" * 118)),
        ("x" * 119, f"'{'x' * 99} … {'x' * 19}' (121 characters)"),
        ("x" * 10_000, f"'{'x' * 99} … {'x' * 19}' (10,002 characters)"),
    ],
)
def test_a_value_is_shown_as_python_writes_it_and_cut_when_long(value: object, text: str):
    assert shown(value) == text


@pytest.mark.parametrize(
    ("text", "shows"),
    [
        ("window.days", "window.days"),
        ("x" * 120, "x" * 120),
        ("x" * 121, shown("x" * 121)),
        ("a\nb", r"'a\nb'"),
    ],
)
def test_what_was_typed_stays_as_it_is_where_a_line_can_hold_it(text: str, shows: str):
    assert typed(text) == shows


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("auc", " (did you mean 'AUC'?)"),
        ("orgin", " (did you mean 'origin'?)"),
        ("ORIGIN", " (did you mean 'origin'?)"),
        ("shade", ""),
        ("o" * 1_000_000, ""),
    ],
)
def test_a_near_word_is_meant_in_whatever_case(word: str, hint: str):
    assert did_you_mean(word, ["AUC", "origin"]) == hint
