"""Sends one message to every notifier, in a bounded time, whatever a notifier does."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Sequence

from monitoring.notify import text
from monitoring.notify.message import Message
from monitoring.notify.notifier import NotifyError, make
from monitoring.notify.rule import is_wanted
from monitoring.notify.secrets import SecretError, Secrets
from monitoring.notify.target import Target

_MOST_WORDS = 300


@dataclasses.dataclass(frozen=True)
class Delivery:
    """What became of a message at one notifier.

    Attributes:
      notifier: its name.
      problem: why the message may not have arrived; None if it did.
    """

    notifier: str
    problem: str | None = None

    def __str__(self) -> str:
        return f"{self.notifier}: {self.problem or 'sent'}"


def deliver(message: Message, targets: Sequence[Target], timeout_s: float) -> tuple[Delivery, ...]:
    """Sends a message to the notifiers that are for it, all at once. Raises nothing but an interruption.

    Each works in a thread of its own, so that one that hangs (in DNS, or at a server that sends a byte now
    and then) is left behind at the deadline; the thread does not keep the process from ending.

    Args:
      message: to send.
      targets: the notifiers.
      timeout_s: the longest that all of them together take.

    Returns:
      What became of it at each of those that are for it, in order.
    """
    deadline = time.monotonic() + timeout_s
    attempts = [
        _Attempt(target, message, timeout_s)
        for target in targets
        if is_wanted(message, target.events, target.min_severity)
    ]
    for attempt in attempts:
        attempt.begin()
    return tuple(attempt.result(deadline, timeout_s) for attempt in attempts)


class _Attempt(threading.Thread):
    """One notifier at work."""

    def __init__(self, target: Target, message: Message, timeout_s: float):
        super().__init__(name=f"notify-{target.kind}", daemon=True)
        self._target = target
        self._message = message
        self._timeout_s = timeout_s
        self._ended: Delivery | None = None

    def begin(self) -> None:
        """Starts the thread, if the system has one more."""
        try:
            self.start()
        except RuntimeError as error:
            self._ended = Delivery(str(self._target), f"not tried: {error}")

    def run(self) -> None:
        """Makes the notifier and sends; keeps how that ended."""
        secrets = Secrets(self._timeout_s)
        try:
            settings = {**self._target.settings, "timeout_s": self._timeout_s}
            make(self._target.kind, settings, secrets).send(self._message)
            problem = None
        except BaseException as error:  # noqa: BLE001 - whatever a notifier raises is its own end, not the run's
            problem = _sentence(error, secrets)
        self._ended = Delivery(str(self._target), problem)

    def result(self, deadline: float, timeout_s: float) -> Delivery:
        """Waits for the end until the deadline."""
        if self._ended is None:
            self.join(max(0.0, deadline - time.monotonic()))
        return self._ended or Delivery(str(self._target), f"no answer within {timeout_s:g} s")


def _sentence(error: BaseException, secrets: Secrets) -> str:
    """Returns what a notifier raised, by the name of its type at least; never nothing."""
    name = type(error).__name__
    try:
        words = str.__str__(str(error)).strip()
    except BaseException:  # noqa: BLE001 - an exception of a fork's notifier that cannot say what it is
        words = ""
    known = words and isinstance(error, (NotifyError, SecretError))
    whole = words if known else f"{name}: {words}" if words else f"{name}, which says nothing more"
    return text.cut(text.one_line(secrets.redacted(whole)), _MOST_WORDS)
