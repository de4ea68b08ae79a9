"""A pool of clients that ask for real rows as fast as they are answered, and say what became of each."""

from __future__ import annotations

import csv
import http.client
import itertools
import json
import urllib.parse
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from trainer.features import REQUEST_COLUMNS

CLIENTS = 4
KEY_HEADER = "X-Request-Key"
_TYPES = {"int64": int, "float32": float}


class Answered(NamedTuple):
    """What a request got: `version` is whose answer it was, None if it is no version's."""

    key: str
    version: int | None


def requests_of(path: Path, count: int) -> list[dict[str, Any]]:
    """Returns the first rows of a file as a request has them; what is empty as a zero or an empty text."""
    with path.open() as file:
        rows = itertools.islice(csv.DictReader(file), count)
        return [{c.name: _typed(row[c.name], c.dtype) for c in REQUEST_COLUMNS} for row in rows]


def _typed(text: str, dtype: str) -> Any:
    return text if dtype == "string" else _TYPES[dtype](text or 0)


class Replay:
    """Asks one server for the same rows again and again.

    Attributes:
      lost: what was not answered by 200, or by no version's number.
    """

    def __init__(self, url: str, rows: Sequence[Mapping[str, Any]], versions: Sequence[int]) -> None:
        """Asks each version by its number for all rows, so that an answer names who gave it."""
        parts = urllib.parse.urlsplit(url)
        self._host, self._path = parts.netloc, parts.path
        self._bodies = [json.dumps({"instances": [row]}) for row in rows]
        self.lost: list[str] = []
        whole = json.dumps({"instances": list(rows)})
        connection = http.client.HTTPConnection(self._host, timeout=60)
        self._known: dict[int, list[float]] = {
            version: self._post(connection, f"/versions/{version}", whole, "") for version in versions
        }
        connection.close()

    def ask(self, keys: Sequence[str]) -> list[Answered]:
        """Asks once for each key, by several clients at once; returns the answers in their order."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            parts = pool.map(self._client, [keys[first::CLIENTS] for first in range(CLIENTS)])
            return [answered for part in parts for answered in part]

    def _client(self, keys: Sequence[str]) -> list[Answered]:
        connection = http.client.HTTPConnection(self._host, timeout=60)
        answered = []
        for number, key in enumerate(keys):
            row = number % len(self._bodies)
            answers = self._post(connection, "", self._bodies[row], key)
            version = self._version(row, answers)
            if version is None:
                self.lost.append(f"{answers} is no version's answer to row {row}")
            answered.append(Answered(key, version))
        connection.close()
        return answered

    def _post(self, connection: http.client.HTTPConnection, version: str, body: str, key: str) -> list[float]:
        try:
            connection.request(
                "POST", f"{self._path}{version}:predict", body, {KEY_HEADER: key} if key else {}
            )
            answer = connection.getresponse()
            text = answer.read().decode()
        except OSError as error:
            self.lost.append(repr(error))
            connection.close()
            return []
        if answer.status != 200:
            self.lost.append(f"{answer.status} {text}")
            return []
        return json.loads(text)["predictions"]

    def _version(self, row: int, answers: Sequence[float]) -> int | None:
        if len(answers) != 1:
            return None
        near = {number: abs(known[row] - answers[0]) for number, known in self._known.items()}
        nearest = min(near, key=near.__getitem__)
        return nearest if near[nearest] < 1e-5 else None
