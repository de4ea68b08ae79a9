"""Tells people how a run on this machine ended, as the section `notify` of the configuration says."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from monitoring.notify import log
from monitoring.notify.delivery import deliver
from monitoring.notify.message import Message
from monitoring.notify.notifier import NotifyError
from monitoring.notify.rule import Ending, message_of, window_text
from monitoring.notify.target import Target
from pipeline import interrupts
from pipeline.cli.run_values import read_verdicts
from pipeline.errors import BusyError, UserError
from pipeline.lineage.events import State
from pipeline.lineage.runs import FAILED
from pipeline.runners.start import VERTEX_LOCAL

if TYPE_CHECKING:
    from pipeline.config.config import Config
    from pipeline.retrain import Outcome


def tell(config: Config, outcome: Outcome, runner: str) -> Iterator[str]:
    """Tells of a run that ended, and yields lines on how that went. A repeated launch is no news.

    Args:
      config: the configuration.
      outcome: how the run ended.
      runner: its name. The job that vertex-local executed has told those whom it can reach, in its last step.
    """
    if outcome.repeated:
        return
    run = outcome.run
    ending = Ending(
        pipeline=config.name,
        state=run.state,
        error=run.error,
        run=run.id,
        window=window_text(run.window),
        released=run.released or "",
        waits=outcome.state is State.CANDIDATE,
        verdicts=read_verdicts(run),
        log=str(outcome.log),
    )
    targets = config.notify.only_here if runner == VERTEX_LOCAL else config.notify.everywhere
    yield from _told(message_of(ending), targets, config.notify.timeout_s)


@contextlib.contextmanager
def telling_of_failure(config: Config, say: Callable[[str], None]) -> Iterator[None]:
    """Tells of a run that could not start, or that broke off outside its stages.

    Not of one that a person or a signal interrupted, which must end at once; and not of one that found
    another at work, which will tell of itself.

    Args:
      config: the configuration.
      say: takes lines on how that went.
    """
    try:
        yield
    except BusyError:
        raise
    except Exception as fault:
        if not interrupts.is_behind(fault):
            message = message_of(_failure(config, fault))
            for line in _told(message, config.notify.everywhere, config.notify.timeout_s):
                say(line)
        raise


def _failure(config: Config, fault: Exception) -> Ending:
    path = fault.log if isinstance(fault, UserError) else None
    return Ending(
        pipeline=config.name,
        state=FAILED,
        error=str(fault) if isinstance(fault, UserError) else f"{type(fault).__name__}: {fault}",
        run=path.stem if path else "",
        log=str(path or ""),
    )


def _told(message: Message, targets: Sequence[Target], timeout_s: float) -> Iterator[str]:
    """Sends a message; yields what became of it, which is in the run's log too."""
    for delivery in deliver(message, targets, timeout_s):
        yield f"notify    {delivery}"
        if Path(message.log).is_file():
            with contextlib.suppress(NotifyError):  # the disk is full, and the run says so elsewhere
                log.append(message.log, f"notify: {delivery}")
