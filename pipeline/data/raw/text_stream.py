"""The text of a raw file as UTF-8 bytes, whatever its encoding, unpacked."""

from __future__ import annotations

import codecs
import gzip
import io
import re
from pathlib import Path
from typing import IO

CHUNK_BYTES = 1 << 20
GZIP = b"\x1f\x8b"
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_BROKEN = re.compile("[\udc80-\udcff]")  # how a byte that is no UTF-8 is kept


def open_unpacked(path: Path) -> IO[bytes]:
    """Opens a file's content, unpacked if it begins as gzip does, whatever its name."""
    with path.open("rb") as file:
        packed = file.read(len(GZIP)) == GZIP
    return gzip.open(path) if packed else path.open("rb")  # type: ignore[return-value]


def open_text(path: Path, encoding: str, blank: int = 0) -> IO[bytes]:
    """Opens a text in an encoding as UTF-8, without a byte order mark.

    Args:
      path: of it.
      encoding: of it.
      blank: so many lines at its beginning are blank, whatever is in them; the others keep their numbers.
    """
    return io.BufferedReader(_AsUtf8(open_unpacked(path), encoding, blank), CHUNK_BYTES)


def letters_of(path: Path) -> tuple[int, int]:
    """Returns how many letters beyond ASCII are UTF-8, and how many bytes are no part of one."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    beyond, broken = 0, 0
    with open_unpacked(path) as content:
        ended = False
        while not ended:
            chunk = content.read(CHUNK_BYTES)
            ended = not chunk
            text = decoder.decode(chunk, ended)
            if not text.isascii():
                beyond += len(_BEYOND_ASCII.findall(text))
                broken += len(_BROKEN.findall(text))
    return beyond - broken, broken


class _AsUtf8(io.RawIOBase):
    """A stream in UTF-8 of one in another encoding."""

    def __init__(self, stream: IO[bytes], encoding: str, blank: int):
        self._stream, self._decoder = stream, codecs.getincrementaldecoder(encoding)()
        self._ready, self._begun, self._ended = b"", False, False
        self._blank = blank

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._ready and not self._ended:
            self._ready = self._next()
        part, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self._stream.close()
        super().close()

    def _next(self) -> bytes:
        chunk = self._stream.read(CHUNK_BYTES)
        self._ended = not chunk
        text = self._decoder.decode(chunk, self._ended)
        if text and not self._begun:
            self._begun, text = True, text.removeprefix(BOM)
        return self._blanked(text).encode() if self._blank else text.encode()

    def _blanked(self, text: str) -> str:
        """Returns a text without the content of the lines that are to be blank."""
        ends = ""
        while self._blank:
            _, end, text = text.partition("\n")
            if not end:
                break
            ends, self._blank = ends + end, self._blank - 1
        return ends + text
