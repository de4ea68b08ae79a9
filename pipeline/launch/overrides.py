"""Which overrides of the configuration a launch takes along: those that have not expired on its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from components.gates.override import Override
from pipeline.errors import ConfigError
from pipeline.launch.reason import name_of, reason_of

EXPIRED, IN_FORCE = "expired", "in force"


def chosen(overrides: Sequence[Override], today: dt.date, most_days: int) -> tuple[Override, ...]:
    """Returns the overrides that a launch of today takes along; the last day of one is its `expires`.

    Args:
      overrides: of the configuration.
      today: the day of the launch.
      most_days: how far ahead the last day of one may be.

    Raises:
      ConfigError: one goes on for longer, has a reason or a person that says nothing, or stands twice.
    """
    states = states_of(overrides, today, most_days)
    for fault in (state for state in states if state not in (EXPIRED, IN_FORCE)):
        raise ConfigError(fault)
    return tuple(each for each, state in zip(overrides, states, strict=True) if state == IN_FORCE)


def states_of(overrides: Sequence[Override], today: dt.date, most_days: int) -> tuple[str, ...]:
    """Returns of each override whether a launch of today takes it along, or why it would refuse to start.

    Args:
      overrides: of the configuration.
      today: the day of the launch.
      most_days: how far ahead the last day of one may be.

    Returns:
      EXPIRED, IN_FORCE or the sentence of the launch's refusal, for each in order.
    """
    states: list[str] = []
    for position, each in enumerate(overrides):
        before = [_what(overrides[at]) for at, state in enumerate(states) if state != EXPIRED]
        states.append(_state(each, position, before, today, most_days))
    return tuple(states)


def _state(
    override: Override,
    position: int,
    before: Sequence[tuple[str, str, str]],
    today: dt.date,
    most_days: int,
) -> str:
    if override.expires < today:
        return EXPIRED
    try:
        check(override, f"overrides.{position}", today, most_days)
    except ConfigError as error:
        return str(error)
    return (
        f"overrides: two are of {described(override)}; leave one" if _what(override) in before else IN_FORCE
    )


def check(override: Override, where: str, today: dt.date, most_days: int) -> None:
    """Accepts an override that says why, who and until when.

    Args:
      override: the override.
      where: it stands, for messages.
      today: the day of the launch.
      most_days: how far ahead its last day may be.

    Raises:
      ConfigError: it does not.
    """
    reason_of(override.reason, f"{where}.reason")
    name_of(override.by, f"{where}.by")
    last = today + dt.timedelta(days=most_days)
    if override.expires > last:
        raise ConfigError(
            f"{where}.expires is {override.expires}, and an override may go on for {most_days} days, until "
            f"{last}; choose an earlier day, or raise max_override_days"
        )


def expired(overrides: Sequence[Override], taken: Sequence[Override]) -> tuple[str, ...]:
    """Returns a line for each override that a launch does not take along."""
    return tuple(
        f"override  {described(each)}: expired on {each.expires}, and is not used; remove it from `overrides`"
        for each in overrides
        if each not in taken
    )


def described(override: Override) -> str:
    """Returns which check of which gate an override is of, for people."""
    where = f" of {override.subject!r}" if override.subject else ""
    return f"the {override.gate} gate's check {override.check!r}{where}"


def _what(override: Override) -> tuple[str, str, str]:
    return override.gate, override.check, override.subject
