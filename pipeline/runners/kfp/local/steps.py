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
from collections.abc import Iterator, Sequence

from pipeline.runners.kfp import stand_in

_POLL_S = 0.02


class StepError(RuntimeError):
    """A step's process ended with another exit code than 0, or took too long."""


def run(command: Sequence[str], *, isolate: bool) -> None:
    """Runs a command line as a container would.

    Args:
      isolate: start it as it is. Otherwise `timeout … python -m MODULE …` runs in a fork of this process,
      which
        has imported everything already; any other command is started as it is in both cases.

    Raises:
      StepError: it failed, or ran into its timeout.
    """
    environment = {**os.environ, stand_in.VARIABLE: stand_in.PROCESS if isolate else stand_in.FORK}
    environment["PATH"] = f"{os.path.dirname(sys.executable)}:{environment['PATH']}"
    seconds, module, rest = _understood(command)
    if isolate or module is None:
        code = subprocess.run(list(command), env=environment, check=False).returncode
    else:
        code = _fork(module, rest, seconds, environment)
    if code == 124:
        raise StepError(f"timed out after {seconds:g} s" if seconds else "timed out")
    if code:
        raise StepError(f"exit code {code}")


def _understood(command: Sequence[str]) -> tuple[float | None, str | None, list[str]]:
    """Timeout, module and arguments of `timeout --kill-after=K SECONDS python -m MODULE ARGUMENT …`."""
    rest, seconds = list(command), None
    if rest[:1] == ["timeout"]:
        seconds, rest = float(rest[2]), rest[3:]
    if rest[:2] == ["python", "-m"]:
        return seconds, rest[2], rest[3:]
    return seconds, None, []


def _fork(module: str, arguments: list[str], seconds: float | None, environment: dict[str, str]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os._exit(_in_child(module, arguments, environment))
    return _wait(child, seconds)


def _in_child(module: str, arguments: list[str], environment: dict[str, str]) -> int:
    """What `python -m MODULE` does, with its exit code."""
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
    with _killed_with_us(child):
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
def _killed_with_us(child: int) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        raise
