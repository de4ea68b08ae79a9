"""The bytes of a span's file, on this machine or in a bucket."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from typing import IO

from components.example_gen.errors import SpanDataError

CHUNK_BYTES = 1 << 20
GZIP_ERRORS = (EOFError, gzip.BadGzipFile, zlib.error)


def open_bytes(path: str) -> IO[bytes]:
    """Opens a file, or an object in a bucket, as it is."""
    if "://" not in path:
        return open(path, "rb")
    from apache_beam.io.filesystem import CompressionTypes
    from apache_beam.io.filesystems import FileSystems

    return FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED)


def open_content(path: str) -> IO[bytes]:
    """Opens a file's content, decompressed if its name ends in .gz."""
    if "://" not in path:
        return gzip.open(path) if path.endswith(".gz") else open(path, "rb")  # type: ignore[return-value]
    from apache_beam.io.filesystems import FileSystems

    return FileSystems.open(path)


def bucket_address(path: str) -> str:
    """Returns a path that Beam's workers can open: only Vertex AI's own steps have buckets under /gcs."""
    return f"gs://{path.removeprefix('/gcs/')}" if path.startswith("/gcs/") else path


def check_unchanged(path: str, fingerprint: str) -> None:
    """Makes sure that a file is still the one the run was launched with.

    Args:
      path: of the file, or of an object in a bucket.
      fingerprint: SHA-256 of the file's bytes at the launch, in hex.

    Raises:
      SpanDataError: the file is gone, or its content has changed since the launch.
    """
    digest = hashlib.sha256()
    try:
        with open_bytes(path) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise SpanDataError(f"{path}: {why}; the span was there when the run was launched") from error
    if digest.hexdigest() != fingerprint:
        raise SpanDataError(
            f"{os.path.basename(path)}: the content changed after the run was launched; start the run again"
        )
