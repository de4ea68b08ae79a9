"""One line for each stage of a run: live on a terminal, plain otherwise."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from rich.console import Console, OverflowMethod
from rich.live import Live
from rich.progress import Progress as ProgressBar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from pipeline import interrupts

STYLES = {
    "done": "green",
    "cached": "cyan",
    "closed": "red",
    "failed": "red",
    "skipped": "dim",
    "interrupted": "red",
}


class Progress:
    """Printer of stages as they start and end.

    On a terminal the running stage shows a spinner and its seconds; elsewhere only finished stages are
    printed.
    """

    def __init__(self, stream: TextIO):
        self._console = Console(file=stream, highlight=False, soft_wrap=not stream.isatty())
        self._unicode = self._console.encoding.startswith("utf")

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[Callable[[str, str], None]]:
        """Shows a stage as running; yields a function that takes the state it ended in and a note."""
        started = time.monotonic()
        ended: list[tuple[str, str]] = []

        def end(state: str, note: str) -> None:
            ended.append((state, note))

        try:
            with self._running(name):
                yield end
        except BaseException as fault:
            state = "interrupted" if interrupts.is_behind(fault) else "failed"
            self._line(name, time.monotonic() - started, state, "")
            raise
        state, note = ended[-1] if ended else ("failed", "")
        self._line(name, time.monotonic() - started, state, note)

    def say(self, text: str = "") -> None:
        """Prints a line as it is."""
        self._console.print(Text(text))

    def _running(self, name: str) -> Live:
        """Returns a line with the stage and its seconds, shown while it runs; hidden without a terminal."""
        shown = ProgressBar(
            SpinnerColumn("dots" if self._unicode else "line"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=self._console,
        )
        shown.add_task(name, total=None)
        # What the stage prints belongs in the log; rich would redirect it to the terminal.
        return Live(
            shown, console=self._console, transient=True, redirect_stdout=False, redirect_stderr=False
        )

    def _line(self, name: str, seconds: float, state: str, note: str) -> None:
        line = Text(f"  {name:<17}{seconds:6.1f} s  ")
        line.append(f"{state:<8}", style=STYLES.get(state, ""))
        line.append(note)
        fit = self._console.is_terminal
        cut: OverflowMethod = "ellipsis" if self._unicode else "crop"
        overflow = cut if fit else "ignore"
        self._console.print(line, no_wrap=True, overflow=overflow, crop=fit)


@contextlib.contextmanager
def noise_to(log: Path) -> Iterator[TextIO]:
    """Sends everything written to stdout and stderr, by Python or by C++, to a file.

    Yields:
      A stream that still reaches the original stdout.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [os.dup(1), os.dup(2)]
    encoding = sys.stdout.encoding  # the terminal's; what it lacks is escaped
    with (
        os.fdopen(os.dup(1), "w", buffering=1, encoding=encoding, errors="backslashreplace") as terminal,
        log.open("ab", buffering=0) as file,
    ):
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield terminal
        finally:
            _flush_or_drop()
            for number, original in zip((1, 2), saved, strict=True):
                os.dup2(original, number)
                os.close(original)


def _flush_or_drop() -> None:
    """Writes what is buffered; what the log cannot hold (a full disk) must not reach the terminal later."""
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            with open(os.devnull, "w") as nowhere:
                os.dup2(nowhere.fileno(), number)
            stream.flush()
