"""Files in Cloud Storage: days that a launch resolves, the schema it keeps, outputs of earlier runs."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from google.auth import credentials
from google.cloud import storage

from pipeline.cloud_config import CloudConfig
from pipeline.errors import DataError
from pipeline.runners.vertex.api import explained

EMULATOR = "STORAGE_EMULATOR_HOST"  # which google-cloud-storage reads


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


class Buckets:
    """Cloud Storage as one project sees it."""

    def __init__(self, cloud: CloudConfig):
        here = EMULATOR in os.environ
        self._client = storage.Client(
            project=cloud.project, credentials=credentials.AnonymousCredentials() if here else None
        )

    def copy_days(self, uri: str, folder: Path) -> None:
        """Makes a folder hold the same `.csv` files as a `gs://` folder; unchanged files are not fetched
        again.

        Raises:
          DataError: there is no such file there.
          UserError: the API refuses or does not answer.
        """
        place = Place.of(uri)
        folder.mkdir(parents=True, exist_ok=True)
        with explained(f"reading {uri}"):
            blobs = self._client.list_blobs(place.bucket, prefix=f"{place.prefix}/", delimiter="/")
            days = {blob.name.rsplit("/", 1)[-1]: blob for blob in blobs if blob.name.endswith(".csv")}
            if not days:
                raise DataError(f"no span in {uri}; expected files named like 2013-01-31.csv")
            for gone in {path.name for path in folder.glob("*.csv")} - days.keys():
                (folder / gone).unlink()
            for name, blob in days.items():
                _fetch(blob, folder / name)

    def keep(self, uri: str, content: bytes) -> None:
        """Writes a file, if it is not there.

        Raises:
          UserError: the API refuses or does not answer.
        """
        place = Place.of(uri)
        with explained(f"writing {uri}"):
            blob = self._client.bucket(place.bucket).blob(place.prefix)
            if not blob.exists():
                blob.upload_from_string(content)

    def has(self, uri: str) -> bool:
        """Whether there is a file at or below an address."""
        place = Place.of(uri)
        with explained(f"looking for {uri}"):
            return any(
                True for _ in self._client.list_blobs(place.bucket, prefix=place.prefix, max_results=1)
            )


def _fetch(blob: storage.Blob, into: Path) -> None:
    """Downloads a file unless the copy has its checksum."""
    mark = into.with_suffix(".crc32c")
    if into.is_file() and mark.is_file() and mark.read_text() == blob.crc32c:
        return
    staged = into.with_suffix(".part")
    blob.download_to_filename(str(staged))
    staged.replace(into)
    mark.write_text(blob.crc32c or "")
