"""SpanStore: ingested spans by content, never changed, so that a run pays only for new spans.

    <folder>/<key[:2]>/<key>/records-<part>-<number>-<writer>.gz   GZIP TFRecord of tf.Example
                             columns-<part>-<writer>.arrow         the same rows as an Arrow stream
                             entry.json                            names those files; written last
                             <name>                                results that later stages cache

The key is a digest of everything that decides the content. Every writer has files of its own, so two writers
of one entry never collide, and what a killed writer left behind is not taken for an entry.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import uuid
import zlib
from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
import tensorflow as tf

from components.spans.entry import ENTRY_FILE, Entry, find_in, save
from components.spans.writer import PartWriter, write_errors

DECIMALS = "decimals"  # the count of decimals that were read as whole numbers


class SpanStore:
    """Entries in a folder or under an address in a bucket."""

    def __init__(self, folder: str):
        self._folder = folder

    def folder_of(self, key: str) -> str:
        """Returns where the entry of a key is, or would be."""
        return os.path.join(self._folder, key[:2], key)

    def find(self, key: str) -> Entry | None:
        """Returns the entry of a key, as `find_in` does; None when there is none."""
        return find_in(self.folder_of(key))

    def write(
        self,
        key: str,
        rows: Iterable[tuple[str, list[bytes], pa.RecordBatch]],
        counts: Mapping[str, int],
        parts: tuple[str, ...],
        extra_columns: Sequence[str] = (),
    ) -> Entry:
        """Writes an entry.

        Args:
          key: of the entry, by `key_of`.
          rows: (part, records, the same rows as lists) in the order of the source; consumed one by one.
          counts: rows refused by reason, `read`, and `decimals`; used only after the last of `rows`.
          parts: every name of a part that may occur.
          extra_columns: of the source that were not read; used only after the last of `rows`.

        Raises:
          StoreError: the disk is full, or the folder cannot be written. Whatever is raised, by `rows` too,
            no half-written file is left.
        """
        folder = self.folder_of(key)
        writer_id = uuid.uuid4().hex[:12]
        with write_errors(folder):
            tf.io.gfile.makedirs(folder)
            writers = {part: PartWriter(folder, part, writer_id) for part in parts}
        try:
            for part, records, batch in rows:
                with write_errors(folder):
                    writers[part].write(records, batch)
            with write_errors(folder):
                return _finish(folder, writers, counts, writer_id, tuple(extra_columns))
        except BaseException:  # a Ctrl-C, too
            for writer in writers.values():
                writer.abandon()
            raise


def _finish(
    folder: str,
    writers: Mapping[str, PartWriter],
    counts: Mapping[str, int],
    writer_id: str,
    extra_columns: tuple[str, ...],
) -> Entry:
    files, columns = {}, {}
    for part, writer in writers.items():
        files[part], columns[part] = writer.finish()
    refused = {reason: number for reason, number in counts.items() if reason not in ("read", DECIMALS)}
    entry = Entry(folder, files, columns, counts["read"], refused, counts.get(DECIMALS, 0), extra_columns)
    save(entry, writer_id)
    return entry


def key_of(**parts: str) -> str:
    """Returns the digest of everything that decides an entry's content."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def cache_put(folder: str, name: str, content: bytes) -> None:
    """Writes a later stage's result beside an entry, compressed and with a checksum."""
    packed = len(content).to_bytes(8, "big") + pa.compress(content, codec="lz4", asbytes=True)
    staged = os.path.join(folder, f"{name}.{uuid.uuid4().hex[:12]}")
    with write_errors(folder):
        with tf.io.gfile.GFile(staged, "wb") as file:
            file.write(zlib.crc32(packed).to_bytes(4, "big") + packed)
        tf.io.gfile.rename(staged, os.path.join(folder, name), overwrite=True)


def cache_has(folder: str, name: str) -> bool:
    """Returns whether a result of this name is cached beside an entry; it may be damaged."""
    return tf.io.gfile.exists(os.path.join(folder, name))


def cache_get(folder: str, name: str) -> bytes | None:
    """Returns the result cached beside an entry; None when it is missing or damaged."""
    try:
        with tf.io.gfile.GFile(os.path.join(folder, name), "rb") as file:
            content = file.read()
    except tf.errors.NotFoundError:
        return None
    checksum, packed = content[:4], content[4:]
    if zlib.crc32(packed).to_bytes(4, "big") != checksum:
        return None
    size = int.from_bytes(packed[:8], "big")
    try:
        return pa.decompress(packed[8:], decompressed_size=size, codec="lz4", asbytes=True)
    except (pa.ArrowException, OSError, MemoryError, OverflowError):  # a checksum is no proof of who wrote it
        return None


def sweep(folder: str, unused_days: float) -> list[str]:
    """Removes unfinished entries, and those unused for so many days; returns their folders.

    For a folder of this machine, while no run writes to it; a bucket has lifecycle rules for that.
    """
    removed = []
    oldest = time.time() - unused_days * 24 * 3600
    for entry in sorted(tf.io.gfile.glob(os.path.join(folder, "??", "*"))):
        path = os.path.join(entry, ENTRY_FILE)
        if not os.path.isfile(path) or os.path.getmtime(path) < oldest:
            tf.io.gfile.rmtree(entry)
            removed.append(entry)
    return removed
