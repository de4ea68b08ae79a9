"""Texts that are safe to send."""

import json

import pytest

from monitoring.notify.text import cut, fitted, lines, one_line

NASTY = "a\r\nBcc: x@y.z\x00\x1b[31m\u2028\ud800 ✓"


def test_a_line_stays_one_line_whatever_is_in_it():
    assert one_line(NASTY) == "a Bcc: x@y.z [31m ? ✓"
    assert one_line(NASTY).encode()


def test_line_breaks_of_a_text_stay():
    assert lines("a\r\nb\x07\tc") == "a\nb  c"


@pytest.mark.parametrize(("text", "shown"), [("abcd", "abcd"), ("abcde", "abc…"), ("", "")])
def test_a_long_text_is_cut_at_its_end(text: str, shown: str):
    assert cut(text, 4) == shown


def test_a_text_is_halved_until_its_bytes_fit():
    def sized(text: str) -> bytes:
        return json.dumps({"text": text}, ensure_ascii=False).encode()

    assert fitted("é" * 10, 32, sized) == sized("é" * 10)
    assert len(fitted("é" * 11, 32, sized)) <= 32
    assert fitted("é" * 100, 1, sized) == sized("…"), "what can no longer be halved is sent as it is"
