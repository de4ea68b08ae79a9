"""A launch: everything about a run that is resolved once, when it is started, and recorded with it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from components.example_gen.hash_split import HashSplit
from components.gates.override import Override, to_json
from components.release.version_rule import Registered
from pipeline.config import columns, schema
from pipeline.config.config import Config
from pipeline.config.split_rule import hash_split
from pipeline.launch import calendar, fingerprint, overrides, source_version, window_record
from pipeline.launch.champion import Champion
from pipeline.launch.comparability import why_incomparable
from pipeline.launch.reason import reason_of
from pipeline.spans import folder, table
from pipeline.spans.day_choice import WindowRequest
from pipeline.spans.window import AvailableDays, Span, Window, resolve_window


@dataclasses.dataclass(frozen=True)
class Launch:
    """Everything that a run computes from.

    Attributes:
      config: the whole configuration.
      window: the spans to use.
      champion: the champion at this moment; None before the first release.
      ignore_champion: a person's reason not to compare with the champion; None to compare.
      schema: text of the schema at this moment.
      code: fingerprint of each stage's code, by the stage's name.
      split: the hash by which rows are split; None if the last spans judge.
      calendar: what is wrong with the window on the day of the launch: name of a check to a sentence.
      overrides: of the configuration, those that have not expired.
      newest: the model registered last under the configuration's name, after which the candidate gets its
        version; None before the first. It decides nothing else, so it is no part of the identity.
    """

    config: Config
    window: Window
    champion: Champion | None
    ignore_champion: str | None
    schema: bytes
    code: Mapping[str, str]
    split: HashSplit | None = None
    calendar: Mapping[str, str] = dataclasses.field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    newest: Registered | None = None

    def __post_init__(self) -> None:
        """Refuses a reason that is none, whoever makes the launch.

        Raises:
          ConfigError: as `reason_of`.
        """
        assert (self.split is None) == self.config.split.by_time, "the split of another configuration"
        if self.ignore_champion is not None:
            object.__setattr__(self, "ignore_champion", reason_of(self.ignore_champion, "ignore_champion"))

    @property
    def incomparable(self) -> str | None:
        """Why the champion is not compared with the candidate; None if it is, or if there is no champion."""
        if self.champion is None:
            return None
        return self.ignoring or why_incomparable(self.champion, self.window, self.split)

    @property
    def ignoring(self) -> str | None:
        """A person's reason not to compare with the champion, for this run or by a reset; None for none."""
        return self.ignore_champion or (self.champion.why_reset if self.champion else None)

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines that people read when a run starts: days that are not used, overrides that expired."""
        return (*self.window.notes, *overrides.expired(self.config.overrides, self.overrides))

    @property
    def held_out_spans(self) -> tuple[Span, ...]:
        """Spans whose rows are all for evaluation; empty where rows are split by hash."""
        return () if self.split else self.window.eval_spans

    @property
    def schema_fingerprint(self) -> str:
        """SHA-256 of the schema's text."""
        return hashlib.sha256(self.schema).hexdigest()

    @property
    def identity(self) -> str:
        """SHA-256 of everything that decides the result, except the champion.

        That is window, schema, code and what decides in the configuration. Ports, prices, machines and
        locations are left out (`Section.decides_result`): with others the result is the same.
        """
        parts = {
            "schema": self.schema_fingerprint,
            "ignore_champion": self.ignore_champion,
            "overrides": to_json(self.overrides),
            "window": self.window.fingerprint,
            "code": dict(self.code),
            "config": self.config.deciding(),
            **({"calendar": dict(self.calendar)} if self.calendar else {}),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def record(self, source: str | None = None) -> dict[str, str]:
        """Returns what is recorded with the run, as strings.

        Args:
          source: version of the code that the run executes; None for this checkout's.
        """
        return {
            "identity": self.identity,
            "window": window_record.as_json(self.window, self.split),
            "window_fingerprint": self.window.fingerprint,
            "schema_fingerprint": self.schema_fingerprint,
            "champion": self.champion.version if self.champion else "",
            "champion_reset": (self.champion.why_reset or "") if self.champion else "",
            "overrides": to_json(self.overrides),
            "ignore_champion": self.ignore_champion or "",
            "incomparable": self.incomparable or "",
            "code": json.dumps(dict(self.code), sort_keys=True),
            "source": source or source_version.version(),
            "config": self.config.model_dump_json(),
        }


def resolve_launch(
    config: Config,
    *,
    until: dt.date | None,
    champion: Champion | None,
    newest: Registered | None = None,
    ignore_champion: str | None = None,
    available: AvailableDays | None = None,
    today: dt.date | None = None,
) -> Launch:
    """Returns the launch of this moment: its window, its champion, and the fingerprints of the code.

    Args:
      config: the whole configuration.
      until: last day of the window; None for the newest day.
      champion: the champion at this moment; None before the first release.
      newest: the model registered last under the configuration's name; None before the first.
      ignore_champion: a person's reason not to compare with the champion, recorded in the verdict; None to
        compare.
      available: the days to choose from; None for those of `data.source`.
      today: by which overrides expire and days are old; None for that of the clock, in UTC.

    Raises:
      ConfigError: the columns cannot be read; there is no such source; `until` lies outside of its days; an
        override cannot be used.
      DataError: the source has no usable days, or `window_of` finds no window.
    """
    table = columns.read()
    day = today or dt.datetime.now(dt.timezone.utc).date()
    window = window_of(config, available or available_days(config), until, dated=table.date is not None)
    return Launch(
        config=config,
        window=window,
        calendar=calendar.findings(window, day, config.data_gate.max_age_days),
        champion=champion,
        newest=newest,
        ignore_champion=ignore_champion,
        schema=schema.read(),
        code=fingerprint.of_stages(),
        split=hash_split(config.split, table),
        overrides=overrides.chosen(config.overrides, day, config.max_override_days),
    )


def window_of(
    config: Config, available: AvailableDays, until: dt.date | None = None, *, dated: bool = True
) -> Window:
    """Returns the window that a configuration asks for, with the fingerprints of its days.

    Args:
      config: the whole configuration.
      available: the days to choose from.
      until: last day of the window; None for the newest.
      dated: whether rows have a day, so that some days of train are held out to stop training.

    Raises:
      ConfigError, DataError: `resolve_window` finds no window.
    """
    settings = config.window
    request = WindowRequest(
        until=until,
        days=settings.days,
        eval_days=settings.eval_days,
        allow_gaps=settings.allow_gaps,
        validation_days=config.training.validation_days if dated else 0,
        by_time=config.split.by_time,
        label_delay_days=config.data.label_delay_days,
        grain=config.data.spans,
    )
    return resolve_window(available, request)


def available_days(config: Config) -> AvailableDays:
    """Returns the complete days of `data.source`.

    Raises:
      ConfigError: there is no such source.
      DataError: it has no complete day.
    """
    data = config.data
    if data.format == "bigquery":
        return table.available_days(data.source, data.readiness)
    return folder.available_days(Path(data.source), data.format, data.readiness, data.spans)


def job_id(launch: Launch, attempt: int = 1) -> str:
    """Returns the id of a launch's job on Vertex AI: equal for equal launches, whoever starts them.

    Args:
      launch: the launch.
      attempt: 2 or more to run a launch again after its job failed.
    """
    champion = f"{launch.champion.version}{launch.champion.why_reset or ''}" if launch.champion else ""
    digest = hashlib.sha256(f"{launch.identity} {champion} {attempt}".encode()).hexdigest()[:16]
    return f"{launch.config.name}-{launch.window.eval_spans[-1].date:%Y%m%d}-{digest}"


def is_same(finished: Mapping[str, str], released: str | None, now: Launch) -> bool:
    """Returns whether starting `now` would only repeat a finished run.

    It would if both have the same identity, and today's champion is the one that the finished run compared
    with (reset or not, as it was then) or the model that it released.

    Args:
      finished: what `Launch.record` wrote for the finished run.
      released: the version that the finished run released; None if it released none.
      now: the launch to start.
    """
    champion = now.champion.version if now.champion else ""
    reset = (now.champion.why_reset or "") if now.champion else ""
    met = champion == finished.get("champion") and reset == finished.get("champion_reset", "")
    return finished.get("identity") == now.identity and (met or champion == released)
