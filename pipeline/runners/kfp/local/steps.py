"""Running one step's command line on this machine: in a fork of this process, or in a new one."""

from __future__ import annotations

import contextlib
import os
import runpy
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence

from components import workers
from pipeline import interrupts

_ISOLATE = "EVERGREEN_ISOLATE_STEPS"
_POLL_S = 0.02


class StepError(RuntimeError):
    """A step's process ended with another exit code than 0, or took too long."""


def run(command: Sequence[str], *, isolate: bool, environment: Mapping[str, str] | None = None) -> None:
    """Runs a command line as a container would.

    Args:
      command: command and arguments.
      isolate: start it as it is. Otherwise `timeout … python -m MODULE …` runs in a fork of this process,
        which has imported everything already; any other command is started as it is in both cases.
      environment: variables on top of this process's.

    Raises:
      StepError: it failed, or ran into its timeout.
    """
    variables = {**os.environ, **(environment or {}), _ISOLATE: str(int(isolate))}
    variables["PATH"] = f"{os.path.dirname(sys.executable)}:{variables['PATH']}"
    seconds, module, arguments = _parse(command)
    if isolate or module is None:
        code = _spawn(command, variables)
    else:
        code = _fork(module, arguments, seconds, variables)
    if code == 124:
        raise StepError(f"timed out after {seconds:g} s" if seconds else "timed out")
    if code:
        raise StepError(f"exit code {code}")


def isolated() -> bool:
    """Returns whether `run` started this process, and as a new one, not as a fork."""
    return os.environ.get(_ISOLATE) == "1"


def _parse(command: Sequence[str]) -> tuple[float | None, str | None, list[str]]:
    """Returns timeout, module and arguments of `timeout --kill-after=K SECONDS python -m MODULE …`."""
    rest, seconds = list(command), None
    if rest[:1] == ["timeout"]:
        seconds, rest = float(rest[2]), rest[3:]
    if rest[:2] == ["python", "-m"]:
        return seconds, rest[2], rest[3:]
    return seconds, None, []


def _spawn(command: Sequence[str], environment: dict[str, str]) -> int:
    """Runs a command in a session of its own: `timeout` would take its child out of any other group.

    A step may start another one, as the stand-in of Vertex AI does. That one is told when it is killed,
    by a signal that `timeout` passes on.
    """
    with _killed_with_us() as children:
        with interrupts.deferred():
            process = subprocess.Popen(
                list(command), env=environment, start_new_session=True, preexec_fn=_end_with_parent
            )
            children.append(process.pid)
        return process.wait()


def _end_with_parent() -> None:
    workers.die_with_parent(signal.SIGTERM)


def _fork(module: str, arguments: list[str], seconds: float | None, environment: dict[str, str]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    with _killed_with_us() as children:
        with interrupts.deferred():
            child = os.fork()
            if child == 0:
                os._exit(_in_child(module, arguments, environment))
            children.append(child)
        return _wait(child, seconds)


def _in_child(module: str, arguments: list[str], environment: dict[str, str]) -> int:
    """Does what `python -m MODULE` does, and returns its exit code."""
    interrupts.restore_defaults()
    workers.die_with_parent()
    os.setsid()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - a process ends like this, whatever was raised
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _wait(child: int, seconds: float | None) -> int:
    deadline = time.monotonic() + seconds if seconds else None
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if deadline and time.monotonic() > deadline:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return 124
        time.sleep(_POLL_S)


@contextlib.contextmanager
def _killed_with_us() -> Iterator[list[int]]:
    """Yields a list for ids of processes; kills these, with their groups, if the block raises."""
    children: list[int] = []
    try:
        yield children
    except BaseException:
        for child in children:
            for kill in (os.killpg, os.kill):  # one that has just been forked has no group of its own yet
                with contextlib.suppress(ProcessLookupError):
                    kill(child, signal.SIGKILL)
        raise
