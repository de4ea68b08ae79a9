"""A file's dialect is found by looking at all of it; what is no table of text says so in one line."""

import gzip
from pathlib import Path

import pytest

from pipeline.data.raw.sniff import find_dialect, likeliest_delimiter, sniff
from pipeline.data.rules.dialect import Dialect
from pipeline.errors import ConfigError, DataError

ROWS = "Größe;Preis\n1,5;a\n2,5;é\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "f.csv"


@pytest.mark.parametrize(
    ("written_in", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_the_encoding_is_found(file: Path, written_in: str, found: str):
    file.write_bytes(ROWS.encode(written_in))
    assert find_dialect(file) == Dialect("csv", found, ";")  # type: ignore[arg-type]
    file.write_bytes(gzip.compress(ROWS.encode(written_in)))
    assert find_dialect(file) == Dialect("csv", found, ";")  # type: ignore[arg-type]


def test_the_first_odd_letter_may_stand_at_the_end_of_a_large_file(file: Path):
    lines = "a,b\n" + "1,2\n" * 400_000
    file.write_bytes(lines.encode() + "3,é\n".encode("cp1252"))
    assert find_dialect(file).encoding == "cp1252"


def test_a_few_letters_of_one_byte_that_look_like_utf_8_do_not_damage_a_file(file: Path):
    file.write_bytes(("a,b\n" + "1,«CAFÉ»\n" + "2,éàü\n" * 9).encode("cp1252"))
    assert find_dialect(file).encoding == "cp1252"


def test_a_broken_byte_is_found_where_a_block_begins(file: Path):
    lines = "a,b\n" + "1,é\n" * 300_000
    file.write_bytes(lines.encode() + b"3,\xff\xff\n" + "4,é\n".encode())
    with pytest.raises(DataError, match=r"line 300002 is not UTF-8 \(byte 0xFF and 1 more\)"):
        find_dialect(file)


def test_a_letter_between_two_blocks_is_read_whole(file: Path):
    line = "é" * 9 + ",x\n"
    file.write_text("a,b\n" + line * 120_000, encoding="utf-8")
    assert find_dialect(file).encoding == "utf-8"


def test_bytes_that_windows_does_not_use_are_latin_1(file: Path):
    file.write_bytes(b"a,b\n1,\x81\n")
    assert find_dialect(file).encoding == "latin-1"


@pytest.mark.parametrize(("text", "expected"), [("a,b\n1,2\n", True), ("a,b\n1,é\n", False)])
def test_it_is_known_whether_the_encoding_matters(file: Path, text: str, expected: bool):
    file.write_text(text, encoding="utf-8")
    assert sniff(file).is_ascii is expected


@pytest.mark.parametrize(
    ("sample", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb c\n1,5\t2\n", "\t"),
        ("a|b;c\n1|2;3\n1|2\n", "|"),
        ("a\n1\n", ","),
        ('a;"b,c"\n1;"2,3"\n', ";"),
        ("", ","),
    ],
)
def test_the_delimiter_that_gives_a_table_is_taken(sample: str, delimiter: str):
    assert likeliest_delimiter(sample) == delimiter


def test_of_two_tables_the_preferred_one_is_taken():
    sample = "a,x;b,y\n1,2;3,4\n"
    assert likeliest_delimiter(sample) == ","
    assert likeliest_delimiter(sample, prefer=";") == ";"
    assert likeliest_delimiter("a,b;c\n1,2\n", prefer=";") == ","


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (gzip.compress(b"", mtime=0), "the file is empty"),
        (
            gzip.compress(gzip.compress(b"a,b\n1,2\n", mtime=0), mtime=0),
            "compressed twice by gzip; unpack it once",
        ),
        (b"PK\x03\x04....", "the file is a ZIP archive or an Excel workbook; save it as CSV"),
        (b"\xd0\xcf\x11\xe0....", "the file is an old Excel workbook; save it as CSV"),
        (b"BZh91AY&", "the file is compressed by bzip2"),
        ("a,b\n1,2\n".encode("utf-32"), "the file is in UTF-32; save it as UTF-8"),
        (b"<!DOCTYPE html>\n", "the file is a web page"),
        (b"a,b\r1,2\r", "its lines end with carriage returns only"),
        (b"a,b\n1,\x00\n", "line 2 has a NUL byte"),
        ("a,é\n1,2\n".encode() + "3,é\n".encode("cp1252"), "line 3 is not UTF-8 (byte 0xE9), and"),
        (b"a,b\n1,\xe9\n" + "2,é\n".encode() * 9, "line 2 is not UTF-8 (byte 0xE9), and 9 other letters"),
        ("a,b\n1,2\n".encode("utf-16")[:-1], "line 2 is not UTF-16 as the file's beginning says"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "the gzip file is damaged or cut off"),
    ],
)
def test_what_is_no_text_says_what_it_is(file: Path, content: bytes, words: str):
    file.write_bytes(content)
    with pytest.raises(DataError) as refusal:
        find_dialect(file)
    assert str(refusal.value).startswith(f"f.csv: {words}")


def test_a_file_that_is_not_there_is_an_error_of_the_command_line(file: Path):
    with pytest.raises(ConfigError, match=r"f\.csv: no such file"):
        find_dialect(file)
