"""Runs the command line and interrupts its own process in the middle of one stage, which loses that.

    python tests/e2e/interrupt_at.py STAGE SIGTERM swallow run --until 2013-02-10

`swallow`: the stage goes on as if nothing had come, and ends well. `turn`: it fails, with another error.
"""

import contextlib
import os
import signal
import sys

from tfx.orchestration.portable import launcher


def main(stage: str, name: str, how: str) -> None:
    run_executor = launcher.Launcher._run_executor

    def interrupted(self, execution_info):
        if execution_info.pipeline_node.node_info.id != stage:
            return run_executor(self, execution_info)
        with contextlib.suppress(BaseException):
            os.kill(os.getpid(), signal.Signals[name])
        if how == "turn":
            raise RuntimeError("a callback failed")
        return run_executor(self, execution_info)

    launcher.Launcher._run_executor = interrupted
    from pipeline.cli.main import main as command

    command()


if __name__ == "__main__":
    main(*(sys.argv.pop(1) for _ in range(3)))
