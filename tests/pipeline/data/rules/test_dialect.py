"""A file of another dialect than that of the rules is refused, and one that reads the same is not."""

import pytest

from pipeline.data.rules.dialect import Dialect, change_of, described


@pytest.mark.parametrize(
    ("expected", "found", "words"),
    [
        (Dialect("csv"), Dialect("parquet"), "the file is Parquet, and import.yaml says text (CSV)"),
        (Dialect("parquet"), Dialect("csv"), "the file is text (CSV), and import.yaml says Parquet"),
        (Dialect("csv"), Dialect("table"), "the file is a BigQuery table, and import.yaml says text (CSV)"),
        (
            Dialect(delimiter=","),
            Dialect(delimiter=";"),
            "its cells are separated by semicolons, and import.yaml says commas",
        ),
        (
            Dialect(),
            Dialect(comment="#"),
            "lines before its header begin with #, and import.yaml says none do",
        ),
        (
            Dialect(encoding="cp1252"),
            Dialect(encoding="latin-1"),
            "its text is in latin-1, and import.yaml says cp1252",
        ),
        (
            Dialect(encoding="latin-1"),
            Dialect(encoding="utf-8"),
            "its text is in utf-8, and import.yaml says latin-1",
        ),
        (
            Dialect(encoding="utf-8"),
            Dialect(encoding="cp1252"),
            "its text is in cp1252, and import.yaml says utf-8",
        ),
    ],
)
def test_a_change_is_named(expected: Dialect, found: Dialect, words: str):
    assert change_of(expected, found, is_ascii=False) == words


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (Dialect(), Dialect()),
        (Dialect(comment="#"), Dialect()),
        (Dialect(comment="#"), Dialect(comment="#")),
        (Dialect("parquet", delimiter=","), Dialect("parquet", delimiter=";")),
        (Dialect(encoding="latin-1"), Dialect(encoding="latin-1")),
        (Dialect(encoding="latin-1"), Dialect(encoding="cp1252")),
        (Dialect(encoding="utf-16"), Dialect(encoding="utf-16-le")),
        (Dialect(encoding="utf-16-be"), Dialect(encoding="utf-16")),
    ],
)
def test_what_reads_alike_is_no_change(expected: Dialect, found: Dialect):
    assert change_of(expected, found, is_ascii=False) is None


def test_an_encoding_that_ascii_does_not_show_is_no_change():
    assert change_of(Dialect(encoding="cp1252"), Dialect(encoding="utf-8"), is_ascii=True) is None


def test_it_is_described_in_words():
    assert described(Dialect("parquet", comment="#")) == "Parquet"
    assert described(Dialect("csv", "cp1252", ";")) == "text in cp1252, cells separated by semicolons"
    assert described(Dialect(comment="#")).endswith("; comments (#) before the header skipped")
