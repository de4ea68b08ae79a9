"""Kills a run at every change that it makes from Pusher on, each time from the same state, in forks.

    python tests/e2e/kill_sweep.py ROOT SCRATCH MOST run --until 2013-02-14 --set …

ROOT is a workspace whose last run died in Pusher, so that everything before it is found in the cache. Prints
one JSON line a kill: what it was about to change, what served and what was on record after the kill, and for
every third both after the same command was started again. The process imports everything once; each run is a
fork of it.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ml_metadata.metadata_store import metadata_store
from tfx.orchestration.portable import launcher

from pipeline import graph  # noqa: F401 - imported before any fork
from pipeline.cli.commands import evergreen
from pipeline.lineage.mlmd_registry import MlmdRegistry
from pipeline.runners import beam_options, local, recovery  # noqa: F401 - likewise
from pipeline.runners.workspace import Workspace
from serving.models import served_file

OF_FILES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}
OF_RECORDS = ("put_artifacts", "put_contexts", "put_executions", "put_execution", "put_lineage_subgraph")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Changes:
    """Counts what the process changes in a folder once Pusher has begun, and kills it before one of them.

    Attributes:
      seen: the changes, in words.
    """

    def __init__(self, folder: Path, fatal: int | None) -> None:
        self._folder = str(folder)
        self._fatal = fatal
        self._counts = False
        self.seen: list[str] = []
        sys.addaudithook(self._of_files)
        for name in OF_RECORDS:
            original = getattr(metadata_store.MetadataStore, name)
            setattr(metadata_store.MetadataStore, name, self._of_records(name, original))
        run_executor = launcher.Launcher._run_executor

        def begin(this: Any, execution: Any) -> Any:
            self._counts |= execution.pipeline_node.node_info.id == "Pusher"
            return run_executor(this, execution)

        launcher.Launcher._run_executor = begin

    def _of_files(self, event: str, values: tuple[Any, ...]) -> None:
        if event in OF_FILES or (event == "open" and values[2] & WRITES):
            place = os.fsdecode(values[0]) if isinstance(values[0], (str, bytes, os.PathLike)) else ""
            if place.startswith(self._folder):
                self._change(f"{event} {place.removeprefix(self._folder)}")

    def _of_records(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def change(*values: Any, **named: Any) -> Any:
            self._change(name)
            return original(*values, **named)

        return change

    def _change(self, what: str) -> None:
        if self._counts:
            if len(self.seen) == self._fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            self.seen.append(what)


def in_fork(command: list[str], folder: Path, fatal: int | None) -> tuple[int, list[str]]:
    """Runs the command in a fork; returns how it ended (a signal is negative), and what it changed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        os.chdir(folder)
        changes = Changes(folder, fatal)
        code = 1
        try:
            code = evergreen.main(command, standalone_mode=False)
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            os.write(writing, json.dumps(changes.seen).encode())
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as told:
        text = told.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status, json.loads(text) if text else []


def as_it_is(root: Path) -> dict[str, Any]:
    """Returns what serves, and what is on record."""
    workspace = Workspace(root)
    models = MlmdRegistry(workspace).read()
    served = served_file.read(workspace.served_models("flights"))
    return {
        "served": [[each.version, list(each.labels)] for each in served.versions] if served else None,
        "states": {each.version: models.state(each).value for each in models.versions},
    }


def sweep(root: Path, scratch: Path, most: int, command: list[str]) -> None:
    """Kills at no more than `most` changes, evenly spread over all, and prints what was left.

    Every third run that was killed is started again. All run where the workspace lies: in a copy elsewhere
    nothing would be found in the cache, whose keys hold the place of the ingested days.
    """
    shutil.copytree(root, scratch / "before", symlinks=True)

    def restore() -> None:
        shutil.rmtree(root)
        shutil.copytree(scratch / "before", root, symlinks=True)

    code, changes = in_fork(command, root.parent, None)
    print(json.dumps({"code": code, "changes": len(changes), **in_other_process(root)}), flush=True)
    count = min(most, len(changes))
    spread = sorted({round(each * (len(changes) - 1) / max(1, count - 1)) for each in range(count)})
    for number, fatal in enumerate(spread):
        restore()
        killed, _ = in_fork(command, root.parent, fatal)
        after_kill = in_other_process(root)
        again = None if number % 3 else in_fork(command, root.parent, None)[0]
        print(
            json.dumps(
                {
                    "before": changes[fatal],
                    "killed": killed,
                    "after_kill": after_kill,
                    "again": again,
                    "after": in_other_process(root) if again is not None else None,
                }
            ),
            flush=True,
        )


def in_other_process(root: Path) -> dict[str, Any]:
    """Returns `as_it_is`, read in a fork: ML Metadata's connections must not cross a later one."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.write(writing, json.dumps(as_it_is(root)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        text = told.read()
    os.waitpid(child, 0)
    return json.loads(text)


if __name__ == "__main__":
    sweep(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
