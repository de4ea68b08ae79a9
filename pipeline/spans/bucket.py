"""Spans that are files of a bucket. Knows no client library: who calls brings a bucket that can be read."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from pipeline.spans import files as day_files
from pipeline.spans.window import Found, Readiness, Span


@dataclasses.dataclass(frozen=True)
class Place:
    """A bucket and what stands before the names in it."""

    bucket: str
    prefix: str

    @classmethod
    def of(cls, uri: str) -> Place:
        """The place of a `gs://` address."""
        bucket, _, prefix = uri.removeprefix("gs://").partition("/")
        return cls(bucket, prefix)


@dataclasses.dataclass(frozen=True)
class StoredFile:
    """A file as its bucket tells of it.

    Attributes:
      name: whole, from the top of the bucket.
      updated: when it was last written, with time zone, by the bucket's clock.
      generation: another number after every write.
    """

    name: str
    updated: dt.datetime
    generation: int


class Bucket(Protocol):
    """One bucket that can be read."""

    def files(self, prefix: str) -> Iterable[StoredFile]:
        """Files whose names begin with a prefix and have no `/` after it."""

    def download(self, file: StoredFile, take: Callable[[bytes], object]) -> None:
        """Gives a file's content to `take`, piece by piece; raises if it was written since it was listed."""


def spans_by_day(uri: str, bucket: Bucket, data_format: str, ready: Readiness) -> Found:
    """Finds the days of a folder in a bucket; a day is downloaded when its span is asked for.

    A file's age is from its time in the bucket to now on this machine.

    Args:
      uri: `gs://bucket` or `gs://bucket/folder`; the days are right in it, not in folders below.
      bucket: the one that `uri` names.

    Raises:
      DataError: as `day_files.complete`.
    """
    now = dt.datetime.now(dt.timezone.utc)
    place = Place.of(uri)
    folder = f"{place.prefix}/" if place.prefix else ""
    files = {file.name.removeprefix(folder): file for file in bucket.files(folder)}
    ages_s = {name: (now - file.updated).total_seconds() for name, file in files.items()}
    names, unready = day_files.complete(ages_s, uri, data_format, ready)
    days = {day: partial(_span, bucket, place.bucket, day, files[name]) for day, name in names.items()}
    return Found(days, unready)


def _span(bucket: Bucket, bucket_name: str, day: dt.date, file: StoredFile) -> Span:
    """The span, with its path below /gcs, where Vertex AI mounts buckets in the containers."""
    digest = hashlib.sha256()
    bucket.download(file, digest.update)
    return Span(date=day, path=f"/gcs/{bucket_name}/{file.name}", fingerprint=digest.hexdigest())
