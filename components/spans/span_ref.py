"""SpanRef: a span as a launch names it, and the JSON that carries it to ExampleGen.

Imports neither TFX nor TensorFlow nor pyarrow: the trigger function loads it too.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable

EPOCH = dt.date(1970, 1, 1)
_KEYS = {"span": int, "path": str, "fingerprint": str}
_KINDS = {int: "a whole number", str: "text"}


@dataclasses.dataclass(frozen=True)
class SpanRef:
    """One span that a launch chose.

    Attributes:
      number: days since 1970-01-01, as TFX numbers dates.
      path: the file's absolute path or address in a bucket, or the address of a BigQuery partition.
      fingerprint: of its content at the launch; ingestion refuses any other content.
    """

    number: int
    path: str
    fingerprint: str

    @property
    def day(self) -> dt.date:
        """The day of its number."""
        return EPOCH + dt.timedelta(days=self.number)


def to_json(spans: Iterable[SpanRef]) -> str:
    """Returns a JSON list of `{"span": int, "path": str, "fingerprint": str}`, one for each span in order."""
    return json.dumps(
        [{"span": span.number, "path": span.path, "fingerprint": span.fingerprint} for span in spans]
    )


def from_json(text: str) -> tuple[SpanRef, ...]:
    """Returns the spans that `to_json` wrote.

    Raises:
      ValueError: the text is no such list; names the item and its missing or unknown key, or the value of
        the wrong type.
    """
    values = json.loads(text)
    if not isinstance(values, list):
        raise ValueError(f"expected a list of spans and got {type(values).__name__}")
    return tuple(_span_ref(position, value) for position, value in enumerate(values))


def _span_ref(position: int, value: object) -> SpanRef:
    if not isinstance(value, dict):
        raise ValueError(f"item {position} of the spans is {value!r}; expected an object")
    for key in _KEYS:
        if key not in value:
            raise ValueError(f"item {position} of the spans has no key {key!r}")
    for key, part in value.items():
        if key not in _KEYS:
            raise ValueError(
                f"item {position} of the spans has an unknown key {key!r}; expected {', '.join(_KEYS)}"
            )
        if type(part) is not _KEYS[key]:
            raise ValueError(
                f"{key!r} of item {position} of the spans is {part!r}; expected {_KINDS[_KEYS[key]]}"
            )
    return SpanRef(value["span"], value["path"], value["fingerprint"])
