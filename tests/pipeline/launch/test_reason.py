"""A reason says something, in one line."""

import pytest

from pipeline.errors import USAGE, ConfigError
from pipeline.launch.reason import LONGEST, name_of, note_of, reason_of

NOTHING = ["", "  ", "\n", "\t \r\n", "\u00a0", "\u200b", "\u2060\u200d", "\x00", "\u0301"]


@pytest.mark.parametrize("text", NOTHING, ids=ascii)
def test_what_says_nothing_is_refused(text: str):
    with pytest.raises(ConfigError, match=r"^--ignore-champion: .* is no reason; say why") as refused:
        reason_of(text, "--ignore-champion")
    assert refused.value.exit_code == USAGE
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "text",
    ["a\nb", "a\x1b[31m", "a\x00b", "a\u2028b", "a\u2029b", "a\x85b", "a\udc80", "a\u202eb"],
    ids=ascii,
)
def test_what_is_not_one_line_of_text_is_refused(text: str):
    with pytest.raises(ConfigError, match="has a control character in it") as refused:
        reason_of(text, "--ignore-champion")
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "text", ["label is now 30 minutes", "ja", "метка", "迟到", "#42", "!", "🙂 ok", "a\u200db"], ids=ascii
)
def test_words_of_any_language_are_a_reason(text: str):
    assert reason_of(text, "x") == text


def test_the_space_around_a_reason_is_not_part_of_it():
    """As of a file that ends with a newline."""
    assert reason_of("  new label \n", "x") == "new label"


def test_another_option_is_no_reason():
    """click takes whatever follows for the reason; the run would start without that option."""
    with pytest.raises(
        ConfigError, match="--ignore-champion takes a reason, and '--until=2013-01-30' is an option"
    ):
        reason_of("--until=2013-01-30", "--ignore-champion")


@pytest.mark.parametrize(("kind", "of"), [("reason", reason_of), ("note", note_of), ("name", name_of)])
def test_each_kind_is_called_what_it_is_and_has_a_limit(kind: str, of):
    with pytest.raises(ConfigError, match=rf"^--x: '' is no {kind}; "):
        of("", "--x")
    assert of(f" {'é' * LONGEST}\n", "--x") == "é" * LONGEST
    with pytest.raises(
        ConfigError, match=rf"^--x: a {kind} may have 2,000 characters, and this one has 2,001"
    ):
        of("é" * (LONGEST + 1), "--x")
