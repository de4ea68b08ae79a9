"""The rules of notification: which message a run's end makes, and which notifier takes it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitoring.notify.message import SEVERITIES, Kind, Message, Severity

_MOST_WARNINGS = 10


@dataclasses.dataclass(frozen=True)
class Ending:
    """How one run ended.

    Attributes:
      pipeline: its name.
      state: succeeded, stopped (a gate said no) or failed.
      error: why it was stopped or failed.
      run: the run's id; empty if it did not get as far as having one.
      window: its days, as text.
      released: version of the model that it released; empty if it released none.
      waits: whether that version serves only once a person approves it.
      verdicts: of its gates, as their verdict.json has them.
      log: address or path of its log.
    """

    pipeline: str
    state: str
    error: str = ""
    run: str = ""
    window: str = ""
    released: str = ""
    waits: bool = False
    verdicts: Sequence[Mapping[str, Any]] = ()
    log: str = ""


def message_of(ending: Ending) -> Message:
    """Returns the one message of a run's end; warnings of its gates are in it, whatever its kind."""
    warnings = [*_warnings(ending.verdicts)]
    kind, severity, what = _kind(ending, bool(warnings))
    return Message(
        kind=kind,
        severity=severity,
        title=f"{ending.pipeline}: {what}",
        text="\n".join(_sentences(ending, warnings)),
        details={name: value for name, value in _details(ending).items() if value},
        log=ending.log,
    )


def window_text(window: Mapping[str, Any]) -> str:
    """Returns the first and the last day of a window as it is recorded; empty if there is none."""
    return f"{window['train_first']} … {window['eval_last']}" if window else ""


def is_wanted(message: Message, kinds: Sequence[str], min_severity: Severity) -> bool:
    """Returns whether a notifier takes a message; a test goes to each.

    Args:
      message: to send.
      kinds: those that the notifier is for; empty for all.
      min_severity: the lowest that it is for.
    """
    if message.kind == "test":
        return True
    severe_enough = SEVERITIES.index(message.severity) >= SEVERITIES.index(min_severity)
    return severe_enough and (not kinds or message.kind in kinds)


def _kind(ending: Ending, warned: bool) -> tuple[Kind, Severity, str]:
    released = f"released version {ending.released}" if ending.released else "released nothing"
    if ending.waits:
        released = f"registered version {ending.released}, which waits for approval"
    if ending.state == "failed":
        return "run-failed", "error", "the run failed"
    if ending.state == "stopped":
        return "run-stopped", "warning", "a gate stopped the run; no new model was released"
    if warned:
        return "run-warned", "warning", f"the run {released}, with warnings"
    return "run-finished", "info", f"the run {released}"


def _sentences(ending: Ending, warnings: Sequence[str]) -> Iterator[str]:
    closed = _closed(ending.verdicts)
    if ending.state == "failed" or (ending.state == "stopped" and not closed):
        yield ending.error or "Nothing was recorded of why; the log may say more."
    if ending.state == "stopped":
        yield from closed
    yield from (f"Warning of the {warning}" for warning in warnings[:_MOST_WARNINGS])
    if len(warnings) > _MOST_WARNINGS:
        yield f"And {len(warnings) - _MOST_WARNINGS} more warnings."
    let_through = [*_overrides(ending.verdicts)]
    yield from let_through
    if ending.state == "succeeded" and not warnings and not let_through:
        yield "Every gate passed."


def _closed(verdicts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Returns what the gates that closed say; the release's record only repeats it, unless no gate closed."""
    said = {each["gate"]: f"{each['gate']} gate: {each['reason']}" for each in verdicts if not each["passed"]}
    return [text for gate, text in said.items() if gate != "release" or len(said) == 1]


def _warnings(verdicts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for verdict in verdicts:
        for check in verdict.get("checks", ()):
            if not check["passed"] and check.get("action") == "warn":
                yield f"{verdict['gate']} gate: {check['reason']}"


def _overrides(verdicts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for verdict in verdicts:
        for check in verdict.get("checks", ()):
            if check.get("overridden"):
                yield f"Let through at the {verdict['gate']} gate: {check['reason']} ({check['overridden']})"


def _details(ending: Ending) -> dict[str, str]:
    return {"run": ending.run, "window": ending.window, "released": ending.released}
