"""Runs the command line and kills its own process, as kill -9 does, in the middle of one stage.

    python tests/e2e/kill_at.py STAGE run --until 2013-02-10

The stage's execution is registered and its output folders are made by then, and nothing of it is published.
"""

import os
import signal
import sys

from tfx.orchestration.portable import launcher


def main(stage: str) -> None:
    run_executor = launcher.Launcher._run_executor

    def run_or_die(self, execution_info):
        if execution_info.pipeline_node.node_info.id == stage:
            for artifacts in execution_info.output_dict.values():
                for artifact in artifacts:
                    os.makedirs(artifact.uri, exist_ok=True)
                    with open(os.path.join(artifact.uri, "half-written"), "w") as file:
                        file.write("half")
            os.kill(os.getpid(), signal.SIGKILL)
        return run_executor(self, execution_info)

    launcher.Launcher._run_executor = run_or_die
    from pipeline.cli.main import main as command

    command()


if __name__ == "__main__":
    main(sys.argv.pop(1))
