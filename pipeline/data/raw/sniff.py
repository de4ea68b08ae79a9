"""Finds a raw file's dialect: one pass over all of it, as the first odd letter may stand at its end."""

from __future__ import annotations

import codecs
import csv
import dataclasses
import gzip
import io
import zlib
from pathlib import Path

from components.example_gen.checks import OLD_LINE_ENDS, other_content
from components.shown import shown
from pipeline.data.raw.text_stream import CHUNK_BYTES, GZIP, letters_of, open_unpacked
from pipeline.data.rules import mixed_text
from pipeline.data.rules.dialect import DELIMITERS, Dialect, Encoding
from pipeline.data.rules.preamble import COMMENT, preamble_of
from pipeline.errors import ConfigError, DataError

_SAMPLE_CHARACTERS = 1 << 18
_MARKS: tuple[tuple[bytes, Encoding], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_TWICE = "compressed twice by gzip; unpack it once (gunzip)"
_GZIP_ERRORS = (EOFError, gzip.BadGzipFile, zlib.error)


@dataclasses.dataclass(frozen=True)
class Sniffed:
    """What was found in a file.

    Attributes:
      dialect: of it.
      is_ascii: whether nothing in it depends on the encoding.
      has_quotes: whether a double quote stands in it.
      before: lines before the header.
    """

    dialect: Dialect
    is_ascii: bool = True
    has_quotes: bool = False
    before: int = 0


def find_dialect(path: Path) -> Dialect:
    """Returns how a file is written.

    Raises:
      ConfigError: there is no such file.
      DataError: it is empty, or nothing that is read here.
    """
    return sniff(path).dialect


def sniff(path: Path, prefer: str | None = None) -> Sniffed:
    """Finds out how a file is written.

    Args:
      path: of it.
      prefer: the delimiter to take if it gives a table at all; None for the likeliest.

    Raises:
      ConfigError: there is no such file.
      DataError: it is empty, or nothing that is read here; one line that says what it is.
    """
    try:
        return _sniff(path, prefer)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file; give the path of the data") from error
    except _GZIP_ERRORS as error:
        raise DataError(f"{path.name}: the gzip file is damaged or cut off; copy it again") from error
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}; make it readable") from error


def _sniff(path: Path, prefer: str | None) -> Sniffed:
    with open_unpacked(path) as content:
        first = content.read(64)
    if not first.strip():
        raise DataError(f"{path.name}: the file is empty; expected a header and rows")
    if first.startswith(b"PAR1"):
        return Sniffed(Dialect("parquet"))
    encoding = _marked(first)
    if encoding is None:
        refused = _TWICE if first.startswith(GZIP) else other_content(first)
        if refused:
            raise DataError(f"{path.name}: {refused}")
    text = _Text(path)
    found = text.encoding(encoding)
    if text.lines == 0 and text.old_line_ends:
        raise DataError(f"{path.name}: {OLD_LINE_ENDS}")
    preamble = preamble_of(text.sample)
    delimiter = preamble.delimiter
    if delimiter is None:
        table = "\n".join(text.sample.split("\n")[preamble.lines :])
        delimiter = likeliest_delimiter(table, prefer)
    elif delimiter not in DELIMITERS:
        known = ", ".join(DELIMITERS.values())
        raise DataError(
            f"{path.name}: line 1 says that {shown(delimiter)} separates its cells; expected one of {known}: "
            "save it with one of them"
        )
    dialect = Dialect("csv", found, delimiter, COMMENT if preamble.comments else "")
    return Sniffed(dialect, text.is_ascii, text.has_quotes, preamble.lines)


def _marked(first: bytes) -> Encoding | None:
    """Returns the encoding that the first bytes tell; None where they tell none."""
    if first.startswith(_UTF32):
        return None
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            return encoding
    pairs = first[: len(first) // 2 * 2]
    if len(pairs) >= 4 and not any(pairs[1:16:2]) and all(pairs[0:16:2]):
        return "utf-16-le"
    if len(pairs) >= 4 and not any(pairs[0:16:2]) and all(pairs[1:16:2]):
        return "utf-16-be"
    return None


def likeliest_delimiter(sample: str, prefer: str | None = None) -> str:
    """Returns what separates the cells of a text's first lines, a comma where there is one column.

    A delimiter is likelier the more lines have as many cells as the header, and then the more cells.

    Args:
      sample: whole lines.
      prefer: the delimiter to take if all lines have as many cells as the header, and not one.
    """
    best, best_score = ",", (False, 0.0, 1)
    for delimiter in DELIMITERS:
        score = _score(sample, delimiter)
        if delimiter == prefer and score[0] and score[1] == 1.0:
            return delimiter
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _score(sample: str, delimiter: str) -> tuple[bool, float, int]:
    csv.field_size_limit(max(csv.field_size_limit(), _SAMPLE_CHARACTERS))
    lines = io.StringIO(sample, newline="")
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return False, 0.0, 0
    if not rows:
        return False, 0.0, 0
    width = len(rows[0])
    alike = sum(len(row) == width and not _cuts_quotes(row) for row in rows) / len(rows)
    return width > 1, alike, width


def _cuts_quotes(row: list[str]) -> bool:
    """Returns whether a row was cut within quotes, as by the comma in `1;"2,3"`."""
    return any(cell.count('"') % 2 for cell in row)


class _Text:
    """One pass over a text.

    Attributes:
      sample: its first whole lines.
      is_ascii: whether it is.
      has_quotes: whether a double quote stands in it.
      lines: line feeds in it.
      old_line_ends: whether carriage returns stand in it.
    """

    def __init__(self, path: Path):
        self._path = path
        self._reset()

    def encoding(self, known: Encoding | None) -> Encoding:
        """Reads all of it, and returns its encoding."""
        if known is not None:
            self._read(known)
            return known
        for encoding in _GUESSES:
            try:
                self._read(encoding)
                return encoding
            except UnicodeDecodeError as error:
                if encoding == "utf-8":
                    self._refuse_mixed(error.object[error.start])
        raise AssertionError("every byte is a character of latin-1")

    def _refuse_mixed(self, byte: int) -> None:
        """Refuses a text that is UTF-8 but for some bytes, of which the first stands on the line reached."""
        whole, broken = letters_of(self._path)
        if mixed_text.is_mixed(whole, broken):
            raise DataError(f"{self._path.name}: {mixed_text.fault(self.lines + 1, byte, whole, broken)}")

    def _reset(self) -> None:
        self.sample, self.lines = "", 0
        self.is_ascii, self.has_quotes, self.old_line_ends = True, False, False

    def _read(self, encoding: Encoding) -> None:
        self._reset()
        decoder = codecs.getincrementaldecoder(encoding)()
        with open_unpacked(self._path) as content:
            ended = False
            while not ended:
                chunk = content.read(CHUNK_BYTES)
                ended = not chunk
                try:
                    self._take(decoder.decode(chunk, ended))
                except UnicodeDecodeError as error:
                    self._take(error.object[: error.start].decode(encoding))
                    if encoding in _GUESSES:
                        raise
                    raise DataError(
                        f"{self._path.name}: line {self.lines + 1} is not {encoding.upper()} as the file's "
                        "beginning says; the file is damaged: copy it again"
                    ) from error
        if len(self.sample) >= _SAMPLE_CHARACTERS:
            self.sample = self.sample[: self.sample.rfind("\n") + 1] or self.sample

    def _take(self, text: str) -> None:
        if "\0" in text:
            line = self.lines + text.count("\n", 0, text.index("\0")) + 1
            raise DataError(f"{self._path.name}: line {line} has a NUL byte; the file is damaged or no text")
        if not self.sample:
            text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
        if len(self.sample) < _SAMPLE_CHARACTERS:
            self.sample = (self.sample + text)[:_SAMPLE_CHARACTERS]
        self.is_ascii = self.is_ascii and text.isascii()
        self.has_quotes = self.has_quotes or '"' in text
        self.old_line_ends = self.old_line_ends or "\r" in text
        self.lines += text.count("\n")


_GUESSES: tuple[Encoding, ...] = ("utf-8", "cp1252", "latin-1")
