"""Stops a writer of a workspace's registry at every change it makes to a file, and prints what it finds then.

    python -m tests.pipeline.lineage.kill_registry ROOT kill
    python -m tests.pipeline.lineage.kill_registry ROOT full

ROOT is a workspace in which 1.0.1 is live and 1.0.2 is a candidate. In a copy for each change, a process
makes 1.0.2 live and before that change is killed, or finds the disk full from then on; then another one
reads, decides the same again, and books. Prints one JSON line for each, and one for the process that was not
stopped any more.
"""

import json
import os
import resource
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from pipeline.errors import UserError
from pipeline.lineage.events import State
from pipeline.lineage.mlmd_registry import MlmdRegistry
from pipeline.runners.workspace import Workspace
from serving.models import served_file
from tests.pipeline.lineage.told_models import move, states

DECISION = move(State.LIVE, "1.0.2", 1)
CHANGES = {"open", "os.rename", "os.remove", "os.mkdir"}


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def full() -> None:
    """Lets no file grow: what is written fails, by Python and by SQLite."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


STOPS = {"kill": kill, "full": full}
KILLED, UNSTOPPED, SAID, STUCK = "killed", "unstopped", "said", "not said"


def stopped_at(root: Path, change: int, stop: Callable[[], None]) -> str:
    """Returns how a process ended that decides, and was stopped at its so-manieth change."""
    child = os.fork()
    if child == 0:
        left = [change]

        def count(event: str, arguments: tuple) -> None:
            if event in CHANGES and str(arguments[0]).startswith(str(root)) and not _reads(event, arguments):
                left[0] -= 1
                if left[0] == 0:
                    stop()

        sys.addaudithook(count)
        try:
            MlmdRegistry(Workspace(root)).append(DECISION)
            os._exit(2 if left[0] <= 0 else 0)  # what could not be written is done later
        except UserError:
            os._exit(2)
        except Exception:  # noqa: BLE001 - a traceback, which a person is not to see
            traceback.print_exc()
            os._exit(3)
    _, status = os.waitpid(child, 0)
    return KILLED if os.WIFSIGNALED(status) else {0: UNSTOPPED, 2: SAID}.get(os.WEXITSTATUS(status), STUCK)


def _reads(event: str, arguments: tuple) -> bool:
    return event == "open" and arguments[1] in ("r", "rb")


def found(root: Path) -> dict[str, object]:
    """What stands on record, and what a server is told."""
    models = MlmdRegistry(Workspace(root)).read()
    served = served_file.read(root / "models" / "flights")
    return {
        "states": states(models),
        "serves": served.default.version if served and served.default else None,
        "events": len(models.events),
        "waiting": len(list((root / "events").glob("*"))),
    }


def repeated(root: Path) -> dict[str, object]:
    """The same after the decision was repeated and booked."""
    workspace = Workspace(root)
    with workspace.lock():
        registry = MlmdRegistry(workspace, holds_lock=True)
        registry.append(DECISION)
        registry.book()
    return found(root)


def in_a_process(call: object, root: Path) -> dict[str, object]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, json.dumps(call(root)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = json.load(pipe)
    os.waitpid(child, 0)
    return answer


def main(root: Path, how: str) -> None:
    for change in range(1, 100):
        copy = root.with_name(f"{root.name}-{change}")
        shutil.copytree(root, copy)
        ended = stopped_at(copy, change, STOPS[how])
        then = in_a_process(found, copy)
        print(
            json.dumps({"ended": ended, "then": then, "repeated": in_a_process(repeated, copy)}), flush=True
        )
        if ended == UNSTOPPED:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
