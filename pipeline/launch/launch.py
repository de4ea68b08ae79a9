"""A launch: everything about a run that is resolved once, when it is started, and recorded with it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from pipeline.config.config import Config
from pipeline.launch import code_version as source
from pipeline.launch import fingerprint
from pipeline.launch.champion import Champion
from pipeline.spans import folder as folder_spans
from pipeline.spans import table as table_spans
from pipeline.spans import window as spans
from trainer import features


@dataclasses.dataclass(frozen=True)
class Launch:
    """What a run computes from.

    Attributes:
      window: the spans.
      champion: as it stands now; None before the first release.
      ignore_champion: a person's reason not to compare with the champion; None to compare.
      schema: the curated schema's text, as it is now.
      code: stage to fingerprint of its code.
      config: the whole configuration.
    """

    config: Config
    window: spans.Window
    champion: Champion | None
    ignore_champion: str | None
    schema: bytes
    code: Mapping[str, str]

    @property
    def incomparable(self) -> str | None:
        """Why the champion is not compared with the candidate; None when it is, or when there is none."""
        if self.champion is None:
            return None
        return self.ignore_champion or why_incomparable(self.champion, self.window)

    @property
    def held_out_spans(self) -> tuple[spans.Span, ...]:
        """Spans of which every row is for evaluation; none where rows are split by hash."""
        return () if self.config.window.random_eval_fraction else self.window.eval_spans

    @property
    def schema_fingerprint(self) -> str:
        """SHA-256 of the schema's text."""
        return hashlib.sha256(self.schema).hexdigest()

    @property
    def identity(self) -> str:
        """SHA-256 of window, schema, code and what decides in the configuration: everything but the champion.

        Ports, prices, machines and places are left out (`Section.decides_result`): others compute the same.
        """
        parts = {
            "schema": self.schema_fingerprint,
            "ignore_champion": self.ignore_champion,
            "window": self.window.fingerprint,
            "code": dict(self.code),
            "config": self.config.deciding(),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def record(self, code_version: str | None = None) -> dict[str, str]:
        """Returns what is written down with the run, as strings.

        Args:
          code_version: of the code that the run executes; this checkout's, if left out.
        """
        return {
            "identity": self.identity,
            "window": window_json(self.window),
            "window_fingerprint": self.window.fingerprint,
            "schema_fingerprint": self.schema_fingerprint,
            "champion": self.champion.version if self.champion else "",
            "ignore_champion": self.ignore_champion or "",
            "incomparable": self.incomparable or "",
            "code": json.dumps(dict(self.code), sort_keys=True),
            "source": code_version or source.version(),
            "config": self.config.model_dump_json(),
        }


def resolve(
    config: Config,
    *,
    until: dt.date | None,
    champion: Champion | None,
    ignore_champion: str | None = None,
    found: spans.Found | None = None,
) -> Launch:
    """Resolves window, champion and code fingerprints.

    Args:
      config: the whole configuration.
      champion: as it stands now; None before the first release.
      until: last day of the window; None for the newest day there is.
      ignore_champion: a person's reason not to compare with the champion, recorded in the verdict; None to
        compare.
      found: the days that there are; None for those of `data.source`.

    Raises:
      ConfigError: features, schema and configuration name different columns.
      DataError: as `window_of`, and as what finds the days.
    """
    from pipeline.config import (
        columns_agree as columns,  # reads protos, which the trigger function's environment does without
    )

    schema = (resources.files("trainer") / "schema.pbtxt").read_bytes()
    columns.check({c.name: c.dtype for c in features.COLUMNS}, schema, config.model_gate.slices)
    return Launch(
        config=config,
        window=window_of(config, _days(config) if found is None else found, until),
        champion=champion,
        ignore_champion=ignore_champion,
        schema=schema,
        code=fingerprint.of_stages(),
    )


def window_of(config: Config, found: spans.Found, until: dt.date | None = None) -> spans.Window:
    """Returns the window that a configuration asks for, with its days' fingerprints.

    Raises:
      DataError: as `spans.resolve`.
    """
    settings = config.window
    return spans.resolve(
        found,
        until=until,
        days=settings.days,
        eval_days=settings.eval_days,
        allow_gaps=settings.allow_gaps,
        by_time=settings.random_eval_fraction == 0,
    )


def _days(config: Config) -> spans.Found:
    data = config.data
    if data.format == "bigquery":
        return table_spans.spans_by_day(data.source, data.readiness)
    return folder_spans.spans_by_day(Path(data.source), data.format, data.readiness)


def why_incomparable(champion: Champion, window: spans.Window) -> str | None:
    """Returns why a champion must not be judged on the eval days: it was trained on some of them."""
    seen = [s.date for s in window.eval_spans if champion.train_first <= s.date <= champion.train_last]
    if not seen:
        return None
    return (
        f"champion {champion.version} was trained on {len(seen)} of the {len(window.eval_spans)} eval days "
        f"({champion.train_first} … {champion.train_last})"
    )


def window_days(window: spans.Window) -> dict[str, str]:
    """Returns first and last days of a window's two parts, as ISO dates."""
    return {
        "train_first": window.train_spans[0].date.isoformat(),
        "train_last": window.train_spans[-1].date.isoformat(),
        "eval_first": window.eval_spans[0].date.isoformat(),
        "eval_last": window.eval_spans[-1].date.isoformat(),
    }


def window_json(window: spans.Window) -> str:
    """Returns `window_days` as text: as it is recorded with the run and with its release."""
    return json.dumps(window_days(window))


def job_id(launch: Launch, attempt: int = 1) -> str:
    """Returns the id of a launch's job on Vertex AI: equal for equal launches, whoever asks for them.

    Args:
      launch: the launch.
      attempt: 2 and more to run a launch again whose job failed.
    """
    champion = launch.champion.version if launch.champion else ""
    digest = hashlib.sha256(f"{launch.identity} {champion} {attempt}".encode()).hexdigest()[:16]
    return f"{launch.config.name}-{launch.window.eval_spans[-1].date:%Y%m%d}-{digest}"


def is_same(finished: Mapping[str, str], released: str | None, now: Launch) -> bool:
    """Returns whether starting `now` would only repeat a finished run.

    It would if window, code and configuration are equal and the champion is still the one it was judged
    against, or is the very model that the run released.

    Args:
      finished: what `Launch.record` wrote for the finished run.
      released: the version that the finished run released; None if it released none.
      now: the launch to start.
    """
    champion = now.champion.version if now.champion else ""
    return finished.get("identity") == now.identity and champion in (finished.get("champion"), released)
