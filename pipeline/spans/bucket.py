"""Spans that are files of a bucket. Uses no client library: the caller passes in an object that reads it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from components.spans.grain import DAY, Grain
from pipeline.spans.complete_days import ListedFile, complete_days
from pipeline.spans.window import AvailableDays, Readiness, Span


@dataclasses.dataclass(frozen=True)
class Place:
    """A bucket and the prefix of the names in it."""

    bucket: str
    prefix: str

    @classmethod
    def of(cls, uri: str) -> Place:
        """Returns the place of a `gs://` address."""
        bucket, _, prefix = uri.removeprefix("gs://").partition("/")
        return cls(bucket, prefix)


@dataclasses.dataclass(frozen=True)
class StoredFile:
    """A file as its bucket lists it.

    Attributes:
      name: full name, from the top of the bucket.
      updated: when it was last written, with time zone, by the bucket's clock.
      generation: a number that changes with every write.
    """

    name: str
    updated: dt.datetime
    generation: int


class Bucket(Protocol):
    """A bucket that can be read."""

    def files(self, prefix: str) -> Iterable[StoredFile]:
        """Returns the files whose names begin with a prefix and have no `/` after it."""

    def download(self, file: StoredFile, take: Callable[[bytes], object]) -> None:
        """Passes a file's content to `take` in chunks; raises if it was written since it was listed."""


def available_days(
    uri: str, bucket: Bucket, data_format: str, ready: Readiness, grain: Grain = DAY
) -> AvailableDays:
    """Finds the days of a folder in a bucket; a day is downloaded only when its span is requested.

    A file's age is the time from its `updated`, by the bucket's clock, to now by this machine's.

    Args:
      uri: `gs://bucket` or `gs://bucket/folder`; folders below it are ignored.
      bucket: the bucket that `uri` names.
      data_format: csv, parquet or tfrecord.
      ready: when a file is complete.
      grain: what a file holds.

    Raises:
      DataError: `complete_days` refuses the files.
    """
    now = dt.datetime.now(dt.timezone.utc)
    place = Place.of(uri)
    folder = f"{place.prefix}/" if place.prefix else ""
    listed = {file.name.removeprefix(folder): file for file in bucket.files(folder)}
    files = {name: ListedFile((now - file.updated).total_seconds()) for name, file in listed.items()}
    names, left_out = complete_days(files, uri, data_format, ready, grain)
    days = {day: partial(_span, bucket, place.bucket, day, listed[name]) for day, name in names.items()}
    return AvailableDays(days, left_out)


def _span(bucket: Bucket, bucket_name: str, day: dt.date, file: StoredFile) -> Span:
    """Returns the span with its path below /gcs, where Vertex AI mounts buckets in its containers."""
    digest = hashlib.sha256()
    bucket.download(file, digest.update)
    return Span(date=day, path=f"/gcs/{bucket_name}/{file.name}", fingerprint=digest.hexdigest())
