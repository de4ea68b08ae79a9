"""Files in Cloud Storage: days that a launch resolves, the schema it keeps, outputs of earlier runs."""

from __future__ import annotations

import os
from collections.abc import Callable

from google.api_core import exceptions
from google.auth import credentials
from google.cloud import storage

from components import foreign_answer
from pipeline.errors import ConfigError, DataError
from pipeline.runners.vertex.api import Region, api_errors
from pipeline.spans.bucket import Place, StoredFile

EMULATOR = "STORAGE_EMULATOR_HOST"  # which google-cloud-storage reads


class Buckets:
    """Cloud Storage as one project sees it."""

    def __init__(self, cloud: Region):
        emulated = EMULATOR in os.environ
        with api_errors("opening Cloud Storage"):
            self._client = storage.Client(
                project=cloud.project, credentials=credentials.AnonymousCredentials() if emulated else None
            )
            self._client._http.hooks["response"].append(foreign_answer.refuse)  # there is no public way

    def open(self, name: str) -> Bucket:
        """Returns one bucket, to look for days in."""
        return Bucket(self._client.bucket(name))

    def keep(self, uri: str, content: bytes) -> None:
        """Writes a file unless it is there.

        Raises:
          UserError: the API refuses or does not answer.
        """
        place = Place.of(uri)
        with api_errors(f"writing {uri}"):
            blob = self._client.bucket(place.bucket).blob(place.prefix)
            if not blob.exists():
                blob.upload_from_string(content)

    def object(self, uri: str) -> StoredObject:
        """Returns one object, to be replaced by who knows its newest content; asks for nothing yet."""
        place = Place.of(uri)
        return StoredObject(self._client.bucket(place.bucket), place.prefix)

    def location(self, uri: str) -> str | None:
        """Returns where a bucket is, as `us-central1` or `us`; None where nobody may ask for it.

        Raises:
          ConfigError: there is no such bucket.
          UserError: the API refuses or does not answer.
        """
        name = Place.of(uri).bucket
        with api_errors(f"looking for gs://{name}"):
            try:
                return str(self._client.get_bucket(name).location).lower()
            except exceptions.Forbidden:
                return None  # storage.buckets.get is not among the rights that a run needs
            except exceptions.NotFound as error:
                raise ConfigError(f"no bucket gs://{name}; see cloud.bucket") from error

    def has(self, uri: str) -> bool:
        """Returns whether there is a file at or below an address."""
        place = Place.of(uri)
        with api_errors(f"looking for {uri}"):
            # Names are listed in order, so a file comes before all whose names only begin with its own.
            listed = (
                blob.name
                for prefix in (place.prefix, f"{place.prefix}/")
                for blob in self._client.list_blobs(place.bucket, prefix=prefix, max_results=1)
            )
            return any(name == place.prefix or name.startswith(f"{place.prefix}/") for name in listed)


class Bucket:
    """One bucket, as `pipeline.spans.bucket` reads it.

    Raises:
      UserError: the API refuses or does not answer.
    """

    def __init__(self, bucket: storage.Bucket):
        self._bucket = bucket

    def files(self, prefix: str) -> list[StoredFile]:
        """Returns the files whose names begin with a prefix and have no `/` after it.

        Raises:
          ConfigError: there is no such bucket.
        """
        with api_errors(f"reading {self._uri(prefix)}"):
            try:
                listed = self._bucket.list_blobs(prefix=prefix, delimiter="/")
                return [StoredFile(blob.name, blob.updated, blob.generation) for blob in listed]
            except exceptions.NotFound as error:
                raise ConfigError(f"no bucket gs://{self._bucket.name}; see cloud.data") from error

    def download(self, file: StoredFile, take: Callable[[bytes], object]) -> None:
        """Gives a file's content to `take`, piece by piece.

        Raises:
          DataError: it was written, or removed, since it was listed.
        """
        uri = self._uri(file.name)
        with api_errors(f"reading {uri}"):
            try:
                blob = self._bucket.blob(file.name)
                blob.download_to_file(_Taker(take), if_generation_match=file.generation)
            except (exceptions.PreconditionFailed, exceptions.NotFound) as error:
                raise DataError(f"{uri} was changed while days were looked for; start again") from error

    def _uri(self, name: str) -> str:
        return f"gs://{self._bucket.name}/{name}"


class StoredObject:
    """One object, as `pipeline.lineage.bucket_registry` replaces it.

    Raises:
      UserError: the API refuses or does not answer.
    """

    def __init__(self, bucket: storage.Bucket, name: str):
        self._bucket = bucket
        self._name = name

    @property
    def uri(self) -> str:
        """Its address."""
        return f"gs://{self._bucket.name}/{self._name}"

    def read(self) -> tuple[bytes, int]:
        """Returns content and generation; nothing and 0 where there is no object."""
        with api_errors(f"reading {self.uri}"):
            blob = self._bucket.blob(self._name)
            try:
                content: bytes = blob.download_as_bytes()
            except exceptions.NotFound:
                return b"", 0
            return content, int(blob.generation)

    def replace(self, content: bytes, generation: int) -> bool:
        """Writes new content if the generation is still this one (0: there is none), and says whether."""
        with api_errors(f"writing {self.uri}"):
            try:
                self._bucket.blob(self._name).upload_from_string(
                    content, content_type="application/json", if_generation_match=generation
                )
            except exceptions.PreconditionFailed:
                return False
            return True


class _Taker:
    """What the client writes a download into."""

    def __init__(self, take: Callable[[bytes], object]):
        self.write = take
