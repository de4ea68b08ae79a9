"""Commands that run on until a test ends them."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterator, Sequence

from tests.e2e.conftest import EVERGREEN, Project


@contextlib.contextmanager
def running(
    project: Project, *arguments: str, program: Sequence[str] = (str(EVERGREEN),)
) -> Iterator[subprocess.Popen[str]]:
    """A command, which gets SIGTERM at the end of the block."""
    command = project.command(*arguments, program=program)
    with subprocess.Popen(command, cwd=project.folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextlib.contextmanager
def serving(project: Project) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of the model at `evergreen serve`, which is ready, and its process."""
    with running(project, "serve", "--rest_api_port", "0", "--port", "0") as server:
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found
        yield found.group(0), server
