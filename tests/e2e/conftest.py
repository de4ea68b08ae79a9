"""A project folder with a few weeks of real flights, driven through the installed command."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pipeline.launch.champion import Champion
from pipeline.lineage.champion import champion_of
from pipeline.lineage.mlmd import open_store
from pipeline.lineage.mlmd_registry import MlmdRegistry
from pipeline.lineage.runs import Run
from pipeline.runners.workspace import Workspace

EVERGREEN = Path(sys.executable).with_name("evergreen")
# Program that takes a stage's name and a command line, and dies by SIGKILL in the middle of that stage.
KILL_AT = (sys.executable, str(Path(__file__).with_name("kill_at.py")))

# Small enough for a run in well under a minute; the gates judge as in production, with margins for 4 eval
# days: on their 2,500 rows the AUC of two models differs by 0.0043 (by days 0.0066) by chance alone.
_THRESHOLDS = (
    "[{metric: AUC, scope: overall, at_least: 0.58, max_worse_than_champion: 0.05},"
    " {metric: BinaryCrossentropy, scope: overall, at_most: 0.75, max_worse_than_champion: 0.05},"
    " {metric: AUC, scope: slices, at_least: 0.5, max_worse_than_champion: 0.15}]"
)
SMALL = {
    "window.days": "18",
    "window.eval_days": "4",
    "data_gate.min_train_rows": "2000",
    "data_gate.min_eval_rows": "500",
    "training.validation_days": "3",
    "training.max_epochs": "4",
    "model_gate.thresholds": _THRESHOLDS,
}


@dataclasses.dataclass(frozen=True)
class Project:
    """A folder in which `evergreen` is called.

    Attributes:
      folder: working folder of every call; the workspace is `.evergreen` in it.
      data: folder of daily files.
      settings: overrides of the configuration.
    """

    folder: Path
    data: Path
    settings: Mapping[str, str] = dataclasses.field(default_factory=lambda: SMALL)

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.folder / ".evergreen")

    @property
    def served(self) -> list[str]:
        """Versions in the folder that a model server watches."""
        folder = self.workspace.served_models("flights")
        return sorted(filter(str.isdecimal, os.listdir(folder))) if folder.is_dir() else []

    def command(self, *arguments: str, program: Sequence[str] = (str(EVERGREEN),)) -> list[str]:
        overrides = {"data.source": str(self.data), **self.settings}
        settings = [part for key, value in overrides.items() for part in ("--set", f"{key}={value}")]
        name, *rest = arguments
        return [*program, name, *settings, *rest]

    def call(
        self, *arguments: str, program: Sequence[str] = (str(EVERGREEN),), **options
    ) -> subprocess.CompletedProcess[str]:
        """Calls the command as a user does and waits for it."""
        return subprocess.run(
            self.command(*arguments, program=program),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
            **options,
        )

    def run_green(self, *arguments: str) -> Run:
        """Runs, insists on a release, and returns the run as ML Metadata has it."""
        done = self.call("run", *arguments)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{self.log_tail()}"
        return self.runs()[-1]

    def runs(self) -> list[Run]:
        store = open_store(self.workspace.metadata)
        return store.runs() if store else []

    @property
    def champion(self) -> Champion | None:
        """The version that is live, as the registry has it."""
        return champion_of(MlmdRegistry(self.workspace).read())

    def log_tail(self, characters: int = 4_000) -> str:
        logs = sorted(self.workspace.logs.glob("*.log"), key=lambda path: path.stat().st_mtime)
        return logs[-1].read_text(errors="replace")[-characters:] if logs else ""


def states(run: Run) -> dict[str, str]:
    """Execution states of a run by stage."""
    return {stage.name: stage.state for stage in run.stages}


@pytest.fixture(scope="session")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real flights from 2013-01-01 to 2013-03-10, as `evergreen data` writes them."""
    folder = tmp_path_factory.mktemp("data") / "flights"
    command = [str(EVERGREEN), "data", "--into", str(folder), "--until", "2013-03-10"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def green(tmp_path_factory: pytest.TempPathFactory, flights: Path) -> Project:
    """A project whose first run, until 2013-02-10, released version 1.0.1; tests must not write to it."""
    project = Project(tmp_path_factory.mktemp("green"), flights)
    project.run_green("--until", "2013-02-10")
    return project
