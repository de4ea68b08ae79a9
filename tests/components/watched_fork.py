"""Runs a program up to the moment at which it opens its worker pool, and tells how the process stood then.

    FORK_REPORT=FILE python -c "from tests.components import watched_fork as w; w.main()" PROGRAM ARGUMENTS...

PROGRAM is a script's path or a module's name. FILE becomes JSON: the threads of the process once the workers
are forked, all warnings of the forks, what work in the pool returned, and how a killed worker showed. The
program does not go on after that.
"""

import json
import os
import runpy
import signal
import sys
import warnings
from pathlib import Path

from components import workers

WORKERS = 2
_open = workers._WorkerPool.__init__


def threads() -> list[str]:
    """Returns the names of all threads of this process, Python's and others."""
    return sorted((task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir())


def twice(number: int) -> int:
    """Work for a worker."""
    return 2 * number


def dies(parent: int) -> None:
    """Kills the process it runs in, if that is a worker."""
    if os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def after_a_kill() -> str:
    """Returns what a caller is told whose worker was killed."""
    try:
        list(workers.map_ordered(dies, [os.getpid()] * 20))
    except workers.WorkerDiedError as error:
        return str(error)
    return "nothing"


def watched_open(pool: workers._WorkerPool, size: int) -> None:
    """Opens the pool, writes the report, and ends the process."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _open(pool, size)
    report = {"threads": threads(), "warnings": [str(warning.message) for warning in caught]}
    workers._pool = pool
    report["results"] = list(workers.map_ordered(twice, range(40)))
    report["killed"] = after_a_kill()
    Path(os.environ["FORK_REPORT"]).write_text(json.dumps(report))
    workers.shutdown()
    os._exit(0)


def main() -> None:
    """Runs the program with its arguments."""
    workers._WorkerPool.__init__ = watched_open
    workers.default_max_workers = lambda: WORKERS + 1
    sys.argv = sys.argv[1:]
    program = sys.argv[0]
    if Path(program).is_file():
        runpy.run_path(program, run_name="__main__")
    else:
        runpy.run_module(program, run_name="__main__")
