"""A text that is UTF-8 but for some bytes is damaged; one in another encoding has hardly any UTF-8."""

import pytest

from pipeline.data.rules.mixed_text import fault, is_mixed


@pytest.mark.parametrize(
    ("whole", "broken", "expected"),
    [(99, 1, True), (1, 1, True), (1, 9, True), (1, 10, False), (0, 1, False)],
)
def test_a_tenth_of_utf_8_is_a_mixed_text(whole: int, broken: int, expected: bool):
    assert is_mixed(whole, broken) is expected


def test_the_line_and_the_byte_are_named():
    assert fault(3, 0xE9, 2, 1).startswith(
        "line 3 is not UTF-8 (byte 0xE9), and 2 other letters of the file are;"
    )
    assert fault(3, 0x0A, 1, 3).startswith(
        "line 3 is not UTF-8 (byte 0x0A and 2 more), and 1 other letter of"
    )
