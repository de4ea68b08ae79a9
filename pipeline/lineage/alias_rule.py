"""The rule of whether an alias still means what its writer meant by it. Decided on plain values."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping

from pipeline.lineage.events import ModelVersion, Move, State
from pipeline.lineage.models import Models
from pipeline.lineage.state_machine import RefusedMoveError

SAME_THOUGHT = dt.timedelta(minutes=10)


def check_not_repeated(alias: str, to: State, models: Models, now: dt.datetime) -> None:
    """Refuses a decision about an alias that the last decision, a few minutes ago, has just taken.

    Two people who see the same fault type the same command; the second one would withdraw the version that
    the first one went back to.

    Args:
      alias: `champion` or `previous`.
      to: the state that is asked for.
      models: as they are.
      now: when it is asked for.

    Raises:
      RefusedMoveError: so it is; the message names the version that was meant then, and the one now.
    """
    last = _last_move(models)
    if last is None or _kind(last.to) != _kind(to) or now - last.at > SAME_THOUGHT:
        return
    meant = dataclasses.replace(models, events=models.events[: models.events.index(last)]).alias(alias)
    if meant is None or meant != models.find(last.version):
        return
    is_now = models.alias(alias)
    now_is = f"{is_now.version} now; if you mean that one, name it by its version" if is_now else "none now"
    raise RefusedMoveError(
        f"nothing was decided: {meant.version}, which was the {alias}, became {last.to.value} at "
        f"{last.at:%H:%M:%S} UTC by {last.who}: {last.reason}; the {alias} is {now_is}"
    )


def check_meant(meant: Mapping[str, ModelVersion], models: Models) -> None:
    """Refuses a decision about an alias that means another version by now.

    Args:
      meant: versions by alias, as they were when it was decided.
      models: as they are.

    Raises:
      RefusedMoveError: so it is.
    """
    for alias, version in meant.items():
        is_now = models.alias(alias)
        if is_now != version:
            raise RefusedMoveError(
                f"nothing was decided: the {alias} was {version.version} a moment ago, and is "
                f"{is_now.version if is_now else 'no version'} now; see `evergreen models list`"
            )


def _kind(to: State) -> State:
    """Returns what a decision is about: to withdraw a version and to quarantine it is the same thought."""
    return State.WITHDRAWN if to is State.QUARANTINED else to


def _last_move(models: Models) -> Move | None:
    return next((event for event in reversed(models.events) if isinstance(event, Move)), None)
